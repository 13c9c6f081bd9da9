/** What the map shows: read from and kept in the address, so that a view can be sent to a colleague. */

import type { ExpressionSpecification } from 'maplibre-gl'
import type { Query } from '../lib/api'
import { RATINGS_OF } from '../lib/grades'

export interface Filters {
  by: string
  road_type: string
  route_no: string
  direction: string
  office: string
  municipality: string
  ratings: string[] // '1', '2', '3'; none = all
  check: boolean
  missing: boolean
  hidden: string[] // 'defects', 'posts'
}

export const PLAIN: Filters = { by: 'rating', road_type: '', route_no: '', direction: '', office: '', municipality: '', ratings: [], check: false, missing: false, hidden: [] }
const TEXTS = ['road_type', 'route_no', 'direction', 'office', 'municipality'] as const

export function readFilters(query: URLSearchParams): Filters {
  const texts = Object.fromEntries(TEXTS.map((name) => [name, query.get(name) ?? '']))
  const ratings = [...new Set((query.get('rating') ?? '').split(''))].filter((each) => each in RATINGS_OF).sort()
  return { ...PLAIN, ...texts, by: query.get('by') || 'rating', ratings, check: query.has('check'), missing: query.has('missing'), hidden: (query.get('hide') ?? '').split(',').filter(Boolean) }
}

/** As names of the address; null takes one out. */
export function writeFilters(filters: Filters): Record<string, string | null> {
  return {
    by: filters.by === 'rating' ? null : filters.by,
    ...Object.fromEntries(TEXTS.map((name) => [name, filters[name] || null])),
    rating: filters.ratings.join('') || null,
    check: filters.check ? '1' : null,
    missing: filters.missing ? '1' : null,
    hide: filters.hidden.join(',') || null,
  }
}

const ratingsOf = (filters: Filters): string[] => filters.ratings.flatMap((each) => RATINGS_OF[each as '1'])

/** As a condition on a tile's sections. */
export function expression(filters: Filters): ExpressionSpecification {
  const equal = TEXTS.filter((name) => filters[name]).map((name) => ['==', ['get', name], filters[name]])
  const ratings = filters.ratings.length ? [['in', ['get', 'rating'], ['literal', ratingsOf(filters)]]] : []
  const check = filters.check ? [['in', '要確認', ['coalesce', ['get', 'flags'], '']]] : []
  const missing = filters.missing ? [['>', ['get', 'missing_m'], 0]] : []
  return ['all', ...equal, ...ratings, ...check, ...missing] as unknown as ExpressionSpecification
}

/** As a query for the lengths of the legend. */
export function lengthsQuery(filters: Filters, bounds: number[]): Query {
  const equal = Object.fromEntries(TEXTS.map((name) => [name, filters[name]]))
  return { ...equal, by: filters.by, bounds: filters.by === 'rating' ? [] : bounds, rating: ratingsOf(filters), check: filters.check, missing: filters.missing }
}

export const isPlain = (filters: Filters): boolean => Object.values(writeFilters({ ...filters, by: 'rating', hidden: [] })).every((each) => each === null)

/** As a query for the rows of the segments that are left. */
export function segmentsQuery(filters: Filters): Query {
  const equal = Object.fromEntries(TEXTS.map((name) => [name, filters[name]]))
  return { ...equal, rating: ratingsOf(filters), flag: filters.check ? '要確認' : '', uninspected: filters.missing, whole: !filters.ratings.length && !filters.check && !filters.missing }
}
