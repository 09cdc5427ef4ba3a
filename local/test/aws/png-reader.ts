import { inflateSync } from 'node:zlib'

export type Picture = Readonly<{
  width: number
  height: number
  /** Red, green and blue of a pixel, as `#rrggbb`. */
  at: (x: number, y: number) => string
  /** How many pixels have each colour. */
  colors: ReadonlyMap<string, number>
}>

/** Reads a PNG as the stand-in writes it: eight bits a colour, three colours, no filters. Throws for any other. */
export function readPng(file: Uint8Array): Picture {
  const buffer = Buffer.from(file)
  if (buffer.subarray(0, 8).toString('hex') !== '89504e470d0a1a0a') throw new Error('not a PNG')
  let [width, height] = [0, 0]
  const data: Buffer[] = []
  for (let offset = 8; offset < buffer.length; ) {
    const length = buffer.readUInt32BE(offset)
    const type = buffer.subarray(offset + 4, offset + 8).toString('latin1')
    const body = buffer.subarray(offset + 8, offset + 8 + length)
    if (type === 'IHDR') {
      width = body.readUInt32BE(0)
      height = body.readUInt32BE(4)
      if (body.subarray(8).toString('hex') !== '0802000000') throw new Error('an unexpected form')
    }
    if (type === 'IDAT') data.push(body)
    offset += 12 + length
  }
  const rows = inflateSync(Buffer.concat(data))
  const stride = width * 3 + 1
  if (rows.length !== stride * height) throw new Error('the wrong number of pixels')
  const at = (x: number, y: number) => {
    const place = y * stride + 1 + x * 3
    return `#${rows.subarray(place, place + 3).toString('hex')}`
  }
  const colors = new Map<string, number>()
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) colors.set(at(x, y), (colors.get(at(x, y)) ?? 0) + 1)
  }
  return { width, height, at, colors }
}
