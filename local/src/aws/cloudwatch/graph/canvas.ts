import { GLYPH, glyphOf } from './font.ts'
import { encodePng } from './png.ts'

/** Red, green and blue, 0 to 255 each. */
export type Color = readonly [number, number, number]

export type Canvas = Readonly<{
  width: number
  height: number
  rectangle: (x: number, y: number, width: number, height: number, color: Color) => void
  /** A line with smooth edges. */
  line: (from: Place, to: Place, color: Color, thickness: number) => void
  /** One column of a filled area, which shows what is under it. */
  column: (x: number, top: number, bottom: number, color: Color, opacity: number) => void
  /** Text with its upper left corner at (x, y); each dot of a character becomes `scale` pixels wide. */
  text: (x: number, y: number, text: string, color: Color, scale: number) => void
  toPng: () => Buffer
}>

export type Place = Readonly<{ x: number; y: number }>

/** A picture to draw on, in one colour at first. */
export function createCanvas(width: number, height: number, background: Color): Canvas {
  const pixels = new Uint8Array(width * height * 3)
  for (let at = 0; at < pixels.length; at += 3) pixels.set(background, at)

  function blend(x: number, y: number, color: Color, opacity: number): void {
    if (x < 0 || y < 0 || x >= width || y >= height || opacity <= 0) return
    const at = (y * width + x) * 3
    for (let part = 0; part < 3; part += 1) {
      const before = pixels[at + part] ?? 0
      pixels[at + part] = Math.round(before + ((color[part] ?? 0) - before) * Math.min(1, opacity))
    }
  }

  function rectangle(x: number, y: number, wide: number, high: number, color: Color): void {
    for (let row = Math.round(y); row < Math.round(y + high); row += 1) {
      for (let at = Math.round(x); at < Math.round(x + wide); at += 1) blend(at, row, color, 1)
    }
  }

  return {
    width,
    height,
    rectangle,
    line(from, to, color, thickness) {
      const reach = thickness / 2 + 1
      const clip = (value: number, most: number) => Math.min(most, Math.max(0, value))
      const [left, right] = [Math.min(from.x, to.x) - reach, Math.max(from.x, to.x) + reach]
      const [top, bottom] = [Math.min(from.y, to.y) - reach, Math.max(from.y, to.y) + reach]
      for (
        let y = clip(Math.floor(top), height);
        y <= clip(Math.ceil(bottom), height - 1);
        y += 1
      ) {
        for (
          let x = clip(Math.floor(left), width);
          x <= clip(Math.ceil(right), width - 1);
          x += 1
        ) {
          // How much of the pixel the line covers, from the distance of its centre.
          blend(x, y, color, thickness / 2 + 0.5 - distance({ x, y }, from, to))
        }
      }
    },
    column(x, top, bottom, color, opacity) {
      const at = Math.round(x)
      for (let y = Math.floor(top); y < Math.ceil(bottom); y += 1) {
        const covered = Math.min(y + 1, bottom) - Math.max(y, top)
        blend(at, y, color, opacity * covered)
      }
    },
    text(x, y, text, color, scale) {
      for (const [place, character] of [...text].entries()) {
        const left = Math.round(x) + place * GLYPH.advance * scale
        for (const [column, bits] of glyphOf(character).entries()) {
          for (let row = 0; row < GLYPH.height; row += 1) {
            if (((bits >> row) & 1) === 0) continue
            rectangle(left + column * scale, Math.round(y) + row * scale, scale, scale, color)
          }
        }
      }
    },
    toPng: () => encodePng(width, height, pixels),
  }
}

function distance(point: Place, from: Place, to: Place): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y]
  const length = dx * dx + dy * dy
  const along =
    length === 0
      ? 0
      : Math.min(1, Math.max(0, ((point.x - from.x) * dx + (point.y - from.y) * dy) / length))
  return Math.hypot(point.x - (from.x + along * dx), point.y - (from.y + along * dy))
}

/** Reads `#rrggbb` or `#rgb`; undefined for anything else. */
export function parseColor(text: string | undefined): Color | undefined {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(text ?? '')
  const long = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text ?? '')
  const parts = long?.slice(1) ?? short?.slice(1).map((digit) => digit + digit)
  if (parts === undefined) return undefined
  const [red = '0', green = '0', blue = '0'] = parts
  return [Number.parseInt(red, 16), Number.parseInt(green, 16), Number.parseInt(blue, 16)]
}
