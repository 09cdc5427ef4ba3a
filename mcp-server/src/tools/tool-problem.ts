/** A call that cannot be carried out as asked; the message is written for the model and says what to change. */
export class ToolProblem extends Error {
  override readonly name = 'ToolProblem'
}
