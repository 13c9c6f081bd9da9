/** A road's rows for the strip, and its blocks where it is seen closely. */

import { api } from '../lib/api'
import type { Direction, RoadKey, Route } from '../lib/types'
import type { Lane, StripRow } from './draw'
import { pieces, type View } from './view'

const FIELDS = ['place', 'segment_place', 'direction', 'from_kp_km', 'to_kp_km', 'rating', 'crack_pct', 'rut_mm', 'iri_mm_per_m', 'potholes', 'photos', 'inspected', 'flags', 'locked']
const PIECE_KM = 2
export const DIRECTIONS: Direction[] = ['下り', '上り']

export const keyOf = (road: RoadKey): string => [road.road_type, road.route_no, road.branch_no, road.kind].join('|')
const roadOf = ({ road_type, route_no, branch_no, kind }: RoadKey) => ({ road_type, route_no, branch_no, kind })
const ask = async (query: Record<string, string | number | boolean>, signal: AbortSignal): Promise<StripRow[]> =>
  (await api.segments({ ...query, fields: FIELDS, order: 'kp', limit: 10_000 }, signal)).items as unknown as StripRow[]

/** Both directions of a road, with last year's rows behind. */
export async function readLanes(road: Route, year: number, signal: AbortSignal): Promise<Lane[]> {
  const of = roadOf(road)
  const [rows, before, defects] = await Promise.all([
    ask({ ...of, year, whole: true }, signal),
    ask({ ...of, year: year - 1 }, signal),
    api.defects({ ...of, year, category: 'pothole', limit: 10_000 }, signal),
  ])
  const there = DIRECTIONS.filter((direction) => rows.some((row) => row.direction === direction))
  return there.map((direction) => ({
    direction,
    rows: rows.filter((row) => row.direction === direction),
    before: before.filter((row) => row.direction === direction),
    blocks: [],
    holes: defects.items.filter((each) => each.direction === direction && each.state !== '誤検出').map((each) => each.kp_km),
  }))
}

/** Blocks by stretches of 2 km, each fetched once. */
export class Blocks {
  #kept = new Map<number, StripRow[]>()
  #asked = new Set<number>()
  constructor(
    readonly road: Route,
    readonly year: number,
    readonly signal: AbortSignal,
    readonly arrived: () => void,
  ) {}

  /** What is there of a view now; the rest is asked for. */
  of(view: View): StripRow[] {
    const wanted = pieces(view, PIECE_KM)
    for (const piece of wanted) if (!this.#asked.has(piece)) void this.#ask(piece)
    return wanted.flatMap((piece) => this.#kept.get(piece) ?? [])
  }

  async #ask(piece: number): Promise<void> {
    this.#asked.add(piece)
    const query = { ...roadOf(this.road), year: this.year, level: 'block', from_kp: piece * PIECE_KM, to_kp: (piece + 1) * PIECE_KM }
    try {
      const rows = await ask(query, this.signal)
      const inside = rows.filter((row) => Math.floor(row.from_kp_km / PIECE_KM + 1e-9) === piece)
      this.#kept.set(piece, inside)
      this.arrived()
    } catch {
      this.#asked.delete(piece) // asked for again at the next move
    }
  }
}
