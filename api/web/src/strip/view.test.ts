import { describe, expect, it } from 'vitest'
import { heightOf, kmAt, laneAt, xOf } from './draw'
import { held, indexAt, panned, pieces, postStep, showing, within, zoomed } from './view'

const road = { from: 10, to: 190 }
const rows = Array.from({ length: 1800 }, (_, k) => ({ from_kp_km: 10 + k / 10, to_kp_km: 10 + (k + 1) / 10 }))

describe('the view', () => {
  it('stays inside the road', () => {
    expect(held({ from: 0, to: 400 }, road)).toEqual(road)
    expect(panned({ from: 180, to: 185 }, 50, road)).toEqual({ from: 185, to: 190 })
    expect(held({ from: 3, to: 4 }, { from: 2, to: 2.05 })).toEqual({ from: 2, to: 2.1 })
  })
  it('zooms about a kilopost', () => {
    const view = zoomed(road, 4, 100, road)
    expect(view.to - view.from).toBeCloseTo(45)
    expect((100 - view.from) / 45).toBeCloseTo(90 / 180)
    expect(zoomed(view, 1e-9, 50, road)).toEqual(road)
    const least = zoomed(view, 1e9, 100, road)
    expect(least.to - least.from).toBeCloseTo(0.1)
  })
  it('follows the cursor', () => {
    const view = { from: 20, to: 30 }
    expect(showing(view, 25, road)).toBe(view)
    expect(showing(view, 40, road).to).toBeGreaterThan(40)
    expect(showing(view, 10.05, road).from).toBe(10)
  })
})

describe('rows', () => {
  it('are found by kilopost', () => {
    expect([indexAt(rows, 10), indexAt(rows, 99.95), indexAt(rows, 189.99), indexAt(rows, 190), indexAt(rows, 9)]).toEqual([0, 899, 1799, -1, -1])
    expect(indexAt([{ from_kp_km: 1, to_kp_km: 2 }, { from_kp_km: 3, to_kp_km: 4 }], 2.5)).toBe(-1)
  })
  it('that a view touches', () => {
    const [first, end] = within(rows, { from: 50.02, to: 50.38 })
    expect([first, end]).toEqual([400, 404])
    expect(within(rows, { from: 300, to: 400 })).toEqual([1800, 1800])
  })
})

it('labels posts without touching', () => {
  expect(postStep({ from: 0, to: 180 }, 1300)).toBe(20)
  expect(postStep({ from: 0, to: 0.5 }, 1300)).toBe(0.1)
  expect(pieces({ from: 3.9, to: 6.1 }, 2)).toEqual([1, 2, 3])
  expect(pieces({ from: 4, to: 6 }, 2)).toEqual([2])
})

it('knows where a kilopost lies on the screen, and which direction a pointer means', () => {
  for (const width of [390, 1300]) {
    expect(kmAt(xOf(77.7, road, width), road, width)).toBeCloseTo(77.7)
    expect(laneAt(0, 2, width)).toBe(0)
    expect(laneAt(heightOf(2, width) - 10, 2, width)).toBe(1)
  }
})
