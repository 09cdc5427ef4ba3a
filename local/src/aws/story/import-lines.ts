import type { Line } from './log-lines.ts'
import { hex, randomFrom } from './random.ts'

/** A log event has a megabyte at most, 26 bytes of which are not the message. */
export const LARGEST_MESSAGE_BYTES = 1024 * 1024 - 26

/** Text that trips those who count characters for bytes, cut in the middle, or draw tables. */
export const DIFFICULT_TEXT =
  'Ωmega 漢字 👩‍👩‍👧‍👦 e\u0301clair שלום \u202bעברית\u202c \u0000 tab\there | pipe, "quote" \\ back\\slash'

const EVERY_MINUTES = 10
const LARGE_EVERY_MINUTES = 360
const STREAM = 'supplier-feed'

/**
 * The lines of the nightly importer, which never sleeps: a short one every ten minutes, one with difficult text once
 * an hour, and four times a day the largest that CloudWatch Logs takes.
 */
export function importLines(seed: string): (index: number) => readonly Line[] {
  return (index) => {
    if (index % EVERY_MINUTES !== 0) return []
    const random = randomFrom(`${seed}:imports:${index}`)
    const line = (offsetMs: number, message: string): Line => ({
      offsetMs,
      stream: STREAM,
      message,
    })
    const batch = hex(random, 8)
    const lines = [line(5_000, JSON.stringify({ level: 'INFO', message: 'batch imported', batch }))]
    if (index % 60 === 0) {
      const message = JSON.stringify({
        level: 'WARN',
        message: 'odd product name',
        batch,
        name: DIFFICULT_TEXT,
      })
      lines.push(line(6_000, message))
    }
    if ((index + 30) % LARGE_EVERY_MINUTES === 0) lines.push(line(7_000, largestMessage(batch)))
    return lines
  }
}

function largestMessage(batch: string): string {
  const begin = `{"level":"ERROR","message":"feed rejected","batch":"${batch}","payload":"`
  const rest = LARGEST_MESSAGE_BYTES - Buffer.byteLength(begin) - 2
  const unit = 'artikel;größe;preis;'
  const size = Buffer.byteLength(unit)
  return `${begin}${unit.repeat(Math.floor(rest / size))}${'.'.repeat(rest % size)}"}`
}
