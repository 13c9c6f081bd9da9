import { inflateSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { icon } from './icons'

it('draws a PNG of the size that was asked for', () => {
  const png = icon(24)
  expect([...png.subarray(1, 4)].map((each) => String.fromCharCode(each)).join('')).toBe('PNG')
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([24, 24])
  const length = png.readUInt32BE(33)
  const pixels = inflateSync(png.subarray(41, 41 + length))
  expect(pixels.length).toBe(24 * (3 * 24 + 1))
  expect([...pixels.subarray(6 * 73 + 1 + 36, 6 * 73 + 1 + 39)]).toEqual([214, 30, 45]) // the dot
})
