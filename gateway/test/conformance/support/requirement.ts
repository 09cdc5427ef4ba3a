import { REQUIREMENTS, type Requirement, type RequirementId } from '../requirements.ts'

/** The rule of that id. Throws where there is none, or where it is another party's. */
export function gatewayRule(id: string): Requirement {
  const rule: Requirement | undefined = REQUIREMENTS.find((other) => other.id === id)
  if (rule === undefined) throw new Error(`there is no requirement ${id}`)
  if (rule.elsewhere !== undefined) throw new Error(`${id} is for the ${rule.elsewhere.party}`)
  return rule
}

/** A test of a rule: `requirements.test.ts` looks for these calls, so the id is written out in each. */
export function requirement(id: RequirementId, title: string, test: () => Promise<void>): void {
  gatewayRule(id)
  it(`${id}: ${title}`, test)
}
