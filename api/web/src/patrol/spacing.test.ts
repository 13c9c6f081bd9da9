import { describe, expect, it } from 'vitest'
import { COAST_MS, distanceM, type Fix, Odometer, Pacer } from './spacing'

const M_PER_DEG = 111_195.08 // along a meridian of the sphere that distanceM uses

function fix(seconds: number, metres: number, more: Partial<Fix> = {}): Fix {
  const atMs = 1_700_000_000_000 + 1000 * seconds
  return { atMs, receivedMs: atMs, lon: 140, lat: 40 + metres / M_PER_DEG, accuracyM: 4, speedMps: null, headingDeg: null, altitudeM: null, ...more }
}
const at = (seconds: number): number => 1_700_000_000_000 + 1000 * seconds

/** Frames of a drive at `mps` with a fix a second and 30 pictures a second. */
function drive(pacer: Pacer, seconds: number, mps: number, more: Partial<Fix> = {}): number[] {
  const taken: number[] = []
  for (let picture = 0; picture < seconds * 30; picture += 1) {
    if (picture % 30 === 0) pacer.add(fix(picture / 30, (mps * picture) / 30, more))
    if (pacer.due(at(picture / 30))) taken.push((mps * picture) / 30)
  }
  return taken
}

describe('distance', () => {
  it('is that of the sphere', () => {
    expect(distanceM({ lon: 140, lat: 40 }, { lon: 140, lat: 41 })).toBeCloseTo(M_PER_DEG, 0)
  })
})

describe('every so many metres', () => {
  it.each([
    [16.7, 'told', 5], // 60 km/h
    [16.7, 'not told', 5],
    [5.6, 'not told', 5],
    [11.1, 'told', 2],
    [22.2, 'told', 10],
  ])('at %f m/s, speed %s, spacing %i m', (mps, speed, metres) => {
    const taken = drive(new Pacer({ mode: 'metres', metres }), 60, mps, { speedMps: speed === 'told' ? mps : null })
    const gaps = taken.slice(5).map((each, i) => each - taken[i + 4]!)
    expect(taken.length).toBeGreaterThan((0.95 * 59 * mps) / metres)
    expect(taken.length).toBeLessThan((1.05 * 60 * mps) / metres + 2)
    expect(gaps.reduce((a, b) => a + b) / gaps.length).toBeCloseTo(metres, 0)
    expect(Math.max(...gaps)).toBeLessThan(metres + mps / 30 + 1.5)
  })

  it('takes one frame while the car stands, whatever GPS scatters', () => {
    const pacer = new Pacer({ mode: 'metres', metres: 5 })
    let taken = 0
    for (let s = 0; s < 120; s += 1) {
      pacer.add(fix(s, (s % 2) * 0.7))
      taken += pacer.due(at(s)) ? 1 : 0
    }
    expect(taken).toBe(1)
  })

  it('goes on through a short tunnel and stops in a long one', () => {
    const odometer = new Odometer()
    odometer.add(fix(0, 0, { speedMps: 10 }))
    odometer.add(fix(1, 10, { speedMps: 10 }))
    expect(odometer.at(at(11))).toBeCloseTo(110, 0)
    expect(odometer.at(at(1000))).toBeCloseTo(10 + (10 * COAST_MS) / 1000, 0)
    expect(odometer.speedAt(at(1000))).toBe(0)
  })

  it('takes nothing without a position, and ignores unsure and older fixes', () => {
    const pacer = new Pacer({ mode: 'metres', metres: 5 })
    expect(pacer.due(at(0))).toBe(false)
    pacer.add(fix(0, 0, { accuracyM: 400 }))
    expect(pacer.fix).toBeNull()
    pacer.add(fix(5, 0))
    pacer.add(fix(1, 900))
    expect(pacer.metresAt(at(5))).toBe(0)
  })

  it('does not count a jump that no car makes', () => {
    const odometer = new Odometer()
    odometer.add(fix(0, 0))
    odometer.add(fix(1, 10))
    const before = odometer.at(at(1))
    odometer.add(fix(2, 5000))
    expect(odometer.at(at(2)) - before).toBeLessThan(30)
  })

  it('never goes back', () => {
    const odometer = new Odometer()
    let last = 0
    for (let s = 0; s < 60; s += 1) {
      odometer.add(fix(s, s * (s % 3)))
      for (const part of [0, 0.5, 0.9]) {
        const metres = odometer.at(at(s + part))
        expect(metres).toBeGreaterThanOrEqual(last)
        last = metres
      }
    }
  })
})

describe('every so many seconds', () => {
  it('keeps the beat', () => {
    const pacer = new Pacer({ mode: 'seconds', seconds: 2 })
    const taken = Array.from({ length: 300 }, (_, i) => pacer.due(at(i / 30))).filter(Boolean)
    expect(taken.length).toBe(5)
  })
})
