import { describe, expect, it } from 'vitest'
import { Gestures } from './gestures'

describe('gestures', () => {
  it('a still pointer clicks', () => {
    const one = new Gestures()
    one.press(1, [10, 10])
    expect(one.pressed).toBe(true)
    expect(one.drag(1, [12, 30])).toBeNull()
    expect(one.release(1)).toBe(true)
    expect(one.pressed).toBe(false)
    expect(one.release(1)).toBe(false)
  })
  it('a moving one pans', () => {
    const one = new Gestures()
    one.press(1, [100, 0])
    expect(one.drag(1, [80, 0])).toEqual({ pan: 20 })
    expect(one.release(1)).toBe(false)
    expect(one.drag(1, [0, 0])).toBeNull()
  })
  it('two zoom about their middle', () => {
    const one = new Gestures()
    one.press(1, [100, 0])
    one.press(2, [200, 0])
    expect(one.drag(2, [200, 5])).toBeNull()
    expect(one.drag(2, [300, 5])).toEqual({ zoom: 2, about: 200 })
    expect(one.release(2)).toBe(false)
    expect(one.release(1)).toBe(false)
  })
})
