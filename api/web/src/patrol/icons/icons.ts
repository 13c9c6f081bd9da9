/** Draws /patrol-icon-192.png and -512.png at build time: a road to the horizon and the red dot of a recording. */

import { crc32, deflateSync } from 'node:zlib'
import type { Plugin } from 'vite'

type Colour = readonly [number, number, number]
const SKY: Colour = [11, 61, 92]
const GROUND: Colour = [26, 90, 62]
const ROAD: Colour = [74, 78, 84]
const LINE: Colour = [255, 255, 255]
const DOT: Colour = [214, 30, 45]
/** Samples a side of a pixel: smooth edges. */
const SAMPLES = 3

/** The colour at a place (shares of the picture, from the top left). */
function colourAt(x: number, y: number): Colour {
  if (Math.hypot(x - 0.5, y - 0.27) < 0.13) return DOT
  if (y < 0.46) return SKY
  const depth = (y - 0.42) / 0.58 // 1 at the lower edge
  const aside = Math.abs(x - 0.5) / depth
  if (aside > 0.42) return GROUND
  if (aside > 0.36 && aside < 0.39) return LINE
  const dash = Math.floor(3 / depth) % 2 === 0
  return aside < 0.022 && dash ? LINE : ROAD
}

/** A PNG of `size` × `size` pixels. */
export function icon(size: number): Buffer {
  const stride = 3 * size + 1
  const bytes = Buffer.alloc(stride * size)
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column < size; column += 1) {
      const sum = [0, 0, 0]
      for (let i = 0; i < SAMPLES * SAMPLES; i += 1) {
        const x = (column + ((i % SAMPLES) + 0.5) / SAMPLES) / size
        const y = (row + (Math.floor(i / SAMPLES) + 0.5) / SAMPLES) / size
        colourAt(x, y).forEach((each, band) => (sum[band]! += each))
      }
      sum.forEach((each, band) => (bytes[row * stride + 1 + 3 * column + band] = Math.round(each / SAMPLES ** 2)))
    }
  }
  const header = Buffer.alloc(13)
  header.writeUInt32BE(size, 0)
  header.writeUInt32BE(size, 4)
  header.set([8, 2, 0, 0, 0], 8) // eight bits, RGB
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', deflateSync(bytes)), chunk('IEND', Buffer.alloc(0))])
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name, 'ascii'), data])
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)]
  length.writeUInt32BE(data.length)
  sum.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, sum])
}

/** Puts the icons beside the pages. */
export function patrolIcons(): Plugin {
  return {
    name: 'patrol-icons',
    generateBundle() {
      for (const size of [180, 192, 512]) this.emitFile({ type: 'asset', fileName: `patrol-icon-${size}.png`, source: icon(size) })
    },
  }
}
