/** Going through what is 要確認, one by one. */

import type { Query } from '../lib/api'
import type { Section } from '../lib/types'

export interface CheckFilter { road_type: string; route_no: string; office: string; direction: string }
export const NAMES = ['road_type', 'route_no', 'office', 'direction'] as const

export const readCheck = (query: URLSearchParams): CheckFilter =>
  Object.fromEntries(NAMES.map((name) => [name, query.get(name) ?? ''])) as unknown as CheckFilter

/** What is still to be checked: 要確認 and not 確定. */
export const checkQuery = (filter: CheckFilter, year: number): Query => ({ ...filter, year, flag: '要確認', locked: 'false', limit: 10_000 })

/** The next one that is not done, from `at` on in that direction, around the end; null where none is left. */
export function nextOpen(places: string[], done: ReadonlySet<string>, at: string, step: 1 | -1): string | null {
  const start = Math.max(places.indexOf(at), 0)
  for (let k = 1; k <= places.length; k++) {
    const place = places[(((start + step * k) % places.length) + places.length) % places.length]!
    if (!done.has(place)) return place
  }
  return null
}

export const placesOf = (rows: Pick<Section, 'place'>[]): string[] => rows.map((each) => each.place)
