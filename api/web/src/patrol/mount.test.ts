import { describe, expect, it } from 'vitest'
import { advice, attitude, horizon, laneGuide, Level } from './mount'

const G = 9.81
const rad = Math.PI / 180

describe('attitude', () => {
  it.each([
    // landscape, the phone's top to the left (screen angle 90): its x axis points up
    [[G, 0, 0], 90, 0, 0],
    [[G * Math.cos(10 * rad), 0, G * Math.sin(10 * rad)], 90, 10, 0], // looks 10° down: the screen's face turns up
    [[G * Math.cos(5 * rad), G * Math.sin(5 * rad), 0], 90, 0, 5], // up leans to the top of the phone, at the left: right side low
    [[-G, 0, 0], 270, 0, 0], // the other way round
    [[0, G, 0], 0, 0, 0], // upright
    [[-G * Math.cos(10 * rad), 0, -G * Math.sin(10 * rad)], 90, 10, 0], // an iPhone's sign
  ] as const)('of %j at %i°', (force, screen, pitch, roll) => {
    const found = attitude(force as unknown as [number, number, number], screen)!
    expect(found.pitch).toBeCloseTo(pitch, 5)
    expect(found.roll).toBeCloseTo(roll, 5)
  })

  it('is not told while the phone is shaken or thrown', () => {
    expect(attitude([0, 0, 0], 90)).toBeNull()
    expect(attitude([20, 0, 0], 90)).toBeNull()
  })

  it('is smoothed', () => {
    const level = new Level()
    expect(level.now(90)).toBeNull()
    for (let i = 0; i < 200; i += 1) level.add([G + (i % 2 ? 3 : -3), 0, 0], i * 16)
    expect(Math.abs(level.now(90)!.pitch)).toBeLessThan(1)
  })
})

describe('advice', () => {
  it.each([
    [false, { pitch: 8, roll: 0 }, 'bad', /横向き/],
    [true, null, 'look', /測れません/],
    [true, { pitch: 8, roll: 0 }, 'good', /良好/],
    [true, { pitch: 8, roll: 5 }, 'look', /右に5°/],
    [true, { pitch: 8, roll: -12 }, 'bad', /左に12°/],
    [true, { pitch: 0, roll: 0 }, 'bad', /上を向きすぎ/],
    [true, { pitch: 40, roll: 0 }, 'bad', /下を向きすぎ/],
  ] as const)('landscape %s, %j', (landscape, at, level, words) => {
    const told = advice(landscape, at)
    expect(told.level).toBe(level)
    expect(told.words).toMatch(words)
  })
})

describe('lines over the preview', () => {
  it('put the horizon in the middle of a level camera, higher when it looks down, aslant when it rolls', () => {
    expect(horizon({ pitch: 0, roll: 0 }, 16 / 9)).toEqual({ x1: 0, y1: 0.5, x2: 1, y2: 0.5 })
    expect(horizon({ pitch: 10, roll: 0 }, 16 / 9).y1).toBeLessThan(0.5)
    const aslant = horizon({ pitch: 0, roll: 5 }, 16 / 9)
    expect(aslant.y2).toBeLessThan(aslant.y1)
  })

  it('lead the lane to the horizon', () => {
    const [left, right] = laneGuide({ pitch: 8, roll: 0 }, 16 / 9)
    expect(left.y1).toBeCloseTo(horizon({ pitch: 8, roll: 0 }, 16 / 9).y1)
    expect(0.5 - left.x2).toBeCloseTo(right.x2 - 0.5)
  })
})
