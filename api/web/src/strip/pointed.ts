/** What the cursor of the strip stands on. */

import type { Lane, StripRow } from './draw'
import { indexAt } from './view'

export interface Cursor { lane: number; index: number }
export interface Pointed {
  at: StripRow // the segment
  said: StripRow // its block, where blocks are shown and the pointer is on one
  before: StripRow | null // the segment's values of the year before
}

export const middleOf = (row: StripRow): number => (row.from_kp_km + row.to_kp_km) / 2

/** `km`: where the pointer is; none where keys moved the cursor. */
export function pointed(lanes: Lane[], cursor: Cursor | null, km: number | null): Pointed | null {
  const lane = cursor && lanes[cursor.lane]
  const at = lane && lane.rows[cursor.index]
  if (!at) return null
  const block = km === null ? undefined : lane.blocks[indexAt(lane.blocks, km)]
  return { at, said: block ?? at, before: lane.before[indexAt(lane.before, middleOf(at))] ?? null }
}
