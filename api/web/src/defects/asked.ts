/** The filters of the list, as they stand in the address. */

import type { Query } from '../lib/api'

export interface Asked {
  road: string
  direction: string
  office: string
  category: string[]
  state: string[]
  min_area: string
  order: string
}

export const NEWEST = '-seen_on'

export function readAsked(query: URLSearchParams): Asked {
  const list = (name: string): string[] => (query.get(name) ?? '').split(',').filter(Boolean)
  const text = (name: string): string => query.get(name) ?? ''
  return {
    road: query.has('route_no') ? `${text('road_type')}|${text('route_no')}` : '',
    direction: text('direction'), office: text('office'), category: list('category'), state: list('state'), min_area: text('min_area'), order: text('order') || '-area_m2',
  }
}

/** For setQuery. */
export function writeAsked(asked: Partial<Asked>): Record<string, string | null> {
  const said: Record<string, string | null> = {}
  for (const [name, value] of Object.entries(asked)) {
    if (name === 'road') [said['road_type'], said['route_no']] = (value as string).split('|').length === 2 ? ((value as string).split('|') as [string, string]) : [null, null]
    else said[name] = Array.isArray(value) ? value.join(',') || null : value || null
  }
  return said
}

/** For GET /defects. */
export function queryOf(asked: Asked, year: number): Query {
  const [road_type = '', route_no = ''] = asked.road.split('|')
  const { direction, office, category, state, order } = asked
  const area = Number(asked.min_area)
  return { year, road_type, route_no, direction, office, category, state, order, min_area: area > 0 ? area : null }
}
