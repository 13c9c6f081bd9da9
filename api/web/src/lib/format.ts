/** Values as people read them; what was not measured is 「－」, never 0. */

import type { Maybe, RoadKey } from './types'

export const NONE = '－'

export const number = (value: Maybe<number> | undefined, digits = 0): string =>
  value === null || value === undefined ? NONE : value.toLocaleString('ja-JP', { minimumFractionDigits: digits, maximumFractionDigits: digits })

/** 12345 m → "12.3 km"; below 1 km metres. */
export const length = (metres: Maybe<number> | undefined): string =>
  metres === null || metres === undefined ? NONE : metres < 1000 ? `${number(metres)} m` : `${number(metres / 1000, 1)} km`

/** 令和 of a 年度: 2026 → "令和8年度". */
export const fiscalYear = (year: number): string => (year < 2019 ? `${year}年度` : `令和${year === 2019 ? '元' : year - 2018}年度`)

/** A day or time of the server (UTC) as a day in Japan. */
export function day(text: Maybe<string> | undefined): string {
  if (!text) return NONE
  const date = new Date(text.length === 10 ? `${text}T00:00:00+09:00` : text)
  return date.toLocaleDateString('ja-JP', { timeZone: 'Asia/Tokyo', year: 'numeric', month: 'numeric', day: 'numeric' })
}

export function time(text: Maybe<string> | undefined): string {
  if (!text) return NONE
  return new Date(text).toLocaleString('ja-JP', { timeZone: 'Asia/Tokyo', year: 'numeric', month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit' })
}

export function size(bytes: Maybe<number> | undefined): string {
  if (bytes === null || bytes === undefined) return NONE
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  const step = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3))
  return `${number(bytes / 1000 ** step, step > 1 ? 1 : 0)} ${units[step]}`
}

const SHORT: Record<string, string> = { 一般国道: '国道', 主要地方道: '県道（主）', 一般県道: '県道', 市町村道: '' }

/** "国道4号", with 旧道 and the branch where it is not the main road. */
export function roadName(road: RoadKey, name?: Maybe<string>): string {
  const digits = /^\d+$/.test(road.route_no)
  const said = digits ? `${SHORT[road.road_type] ?? road.road_type}${road.route_no}号` : road.route_no
  const kind = road.kind && road.kind !== '現道' ? `（${road.kind}）` : ''
  const branch = road.branch_no && road.branch_no !== '000' ? ` 枝${road.branch_no}` : ''
  if (!name || name.includes(said) || /^(一般国道|主要地方道|一般県道)?\d+号?$/.test(name)) return said + kind + branch
  return name.includes(`${road.route_no}号`) ? name + kind + branch : `${said}${kind}${branch} ${name}`
}
