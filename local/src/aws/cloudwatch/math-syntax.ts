/** A metric math expression. */
export type MathExpr =
  | Readonly<{ kind: 'number'; value: number }>
  | Readonly<{ kind: 'text'; value: string }>
  | Readonly<{ kind: 'id'; id: string }>
  /** REPEAT or LINEAR, which FILL takes. */
  | Readonly<{ kind: 'word'; word: string }>
  | Readonly<{ kind: 'list'; items: readonly MathExpr[] }>
  | Readonly<{ kind: 'call'; name: string; args: readonly MathExpr[] }>
  | Readonly<{ kind: 'binary'; operator: string; left: MathExpr; right: MathExpr }>

/** One time series: values by the beginning of their period, in milliseconds since 1970. */
export type Track = Readonly<{ label: string; points: ReadonlyMap<number, number> }>

/** A number, a time series, or an array of time series (which may hold one). */
export type MathValue =
  | Readonly<{ kind: 'scalar'; value: number }>
  | Readonly<{ kind: 'series'; track: Track; periodSeconds: number }>
  | Readonly<{ kind: 'array'; tracks: readonly Track[]; periodSeconds: number }>
