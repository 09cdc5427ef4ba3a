import { cleanLine, cut } from '../answer/clean-text.ts'

/** Characters of a message: our own sentences are shorter, and what is beyond was typed by the caller. */
const MOST_CHARS = 2_000

/**
 * A call that cannot be carried out as asked; the message is written for the model and says what to change. It may
 * repeat what a caller typed, so it is kept on one line and without control characters.
 */
export class ToolProblem extends Error {
  override readonly name = 'ToolProblem'

  constructor(message: string) {
    super(cut(cleanLine(message), MOST_CHARS))
  }
}
