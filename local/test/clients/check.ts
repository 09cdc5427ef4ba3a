/** One thing that was looked at: what the table says of it, and what is wrong with it. */
export type Check = Readonly<{ what: string; cell: string; problems: readonly string[] }>

/** Does it and makes a check of it; what it throws is a problem. */
export async function checked(
  what: string,
  look: () => Promise<Pick<Check, 'cell' | 'problems'>>,
): Promise<Check> {
  try {
    return { what, ...(await look()) }
  } catch (error) {
    return {
      what,
      cell: 'FAILED',
      problems: [error instanceof Error ? error.message : String(error)],
    }
  }
}
