import { expect, it } from 'vitest'
import type { StripRow } from './draw'
import { ordered } from './order'
import { pointed } from './pointed'

const row = (from_kp_km: number, crack_pct: number | null, rating: string | null = null): StripRow => ({
  place: String(from_kp_km), direction: '下り', from_kp_km, to_kp_km: from_kp_km + 0.1, rating, crack_pct, rut_mm: null, iri_mm_per_m: null,
  potholes: null, photos: null, inspected: true, flags: null, locked: null,
})
const rows = [row(0, 5, 'Ⅰ'), row(0.1, null), row(0.2, 41, 'Ⅲ-1'), row(0.3, 22, 'Ⅱ')]
const kps = (order: string | null): number[] => ordered(rows, order).map((each) => each.from_kp_km)

it('sorts, what is not measured last', () => {
  expect(kps(null)).toEqual([0, 0.1, 0.2, 0.3])
  expect(kps('crack_pct')).toEqual([0, 0.3, 0.2, 0.1])
  expect(kps('-crack_pct')).toEqual([0.2, 0.3, 0, 0.1])
  expect(kps('-rating')).toEqual([0.2, 0.3, 0, 0.1])
  expect(kps('-kp')).toEqual([0.3, 0.2, 0.1, 0])
})

it('tells the block under the pointer, and last year', () => {
  const block = { ...row(0.2, 60), to_kp_km: 0.22 }
  const lane = { direction: '下り' as const, rows, blocks: [block], before: [row(0.2, 30)], holes: [] }
  expect(pointed([lane], { lane: 0, index: 2 }, 0.21)).toEqual({ at: rows[2], said: block, before: lane.before[0] })
  expect(pointed([lane], { lane: 0, index: 2 }, null)?.said).toBe(rows[2])
  expect(pointed([lane], { lane: 0, index: 0 }, 0.05)?.before).toBeNull()
  expect(pointed([lane], null, 0.05)).toBeNull()
  expect(pointed([lane], { lane: 1, index: 0 }, 0.05)).toBeNull()
})
