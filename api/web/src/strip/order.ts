/** The strip's rows in an order that people choose; what was not measured stands last either way. */

import type { StripRow } from './draw'

const GRADES = ['Ⅰ', 'Ⅱ', 'Ⅲ', 'Ⅲ-1', 'Ⅲ-2']
type Key = (row: StripRow) => number | string | null
const KEYS: Record<string, Key> = {
  direction: (row) => (row.direction === '下り' ? 0 : 1),
  kp: (row) => row.from_kp_km,
  rating: (row) => (row.rating ? GRADES.indexOf(row.rating) : null),
  crack_pct: (row) => row.crack_pct,
  rut_mm: (row) => row.rut_mm,
  iri_mm_per_m: (row) => row.iri_mm_per_m,
  potholes: (row) => row.potholes,
}

/** `order`: a name, behind "-" the largest first; none = as given. */
export function ordered(rows: StripRow[], order: string | null): StripRow[] {
  const falling = order?.startsWith('-') ?? false
  const key = KEYS[order?.replace('-', '') ?? '']
  if (!key) return rows
  return [...rows].sort((a, b) => {
    const [x, y] = [key(a), key(b)]
    if (x === null || y === null) return Number(x === null) - Number(y === null)
    return (x < y ? -1 : x > y ? 1 : 0) * (falling ? -1 : 1)
  })
}
