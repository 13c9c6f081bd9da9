import { describe, expect, it } from 'vitest'
import { judge, measure } from './sharpness'

/** A picture of so many grey levels at (x, y). */
function picture(grey: (x: number, y: number) => number, width = 256, height = 128): [Uint8ClampedArray, number, number] {
  const rgba = new Uint8ClampedArray(4 * width * height)
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) rgba.set([grey(x, y), grey(x, y), grey(x, y), 255], 4 * (y * width + x))
  }
  return [rgba, width, height]
}

describe('quality of a frame', () => {
  it('calls sharp edges sharp', () => {
    const { sharpness, seenAs } = measure(...picture((_, y) => (Math.floor(y / 9) % 2 ? 90 : 150)))
    expect(sharpness).toBeCloseTo(1, 2)
    expect(seenAs).toBe('good')
  })

  it('calls edges that are smeared over ten pixels blurred', () => {
    const { sharpness, seenAs } = measure(...picture((_, y) => 120 + 60 * Math.sin((2 * Math.PI * y) / 20)))
    expect(sharpness).toBeLessThan(0.5)
    expect(seenAs).toBe('blurred')
  })

  it('knows darkness and glare of the road, and a picture of nothing', () => {
    expect(measure(...picture((_, y) => (y < 64 ? 200 : 20))).seenAs).toBe('dark')
    expect(measure(...picture((x) => (x < 64 ? 255 : 120))).seenAs).toBe('overexposed')
    expect(measure(...picture(() => 120)).seenAs).toBe('blurred')
    expect(judge(120, 0, 0.56)).toBe('good')
  })
})
