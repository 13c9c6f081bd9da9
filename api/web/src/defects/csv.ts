/** The list as a CSV that Excel opens: UTF-8 with BOM, one value a cell, empty = not measured. */

import { kp } from '../lib/kp'
import { CATEGORY, type Row, TIMES, timesOf } from './words'

type Value = string | number | boolean | null | undefined

const COLUMNS: [string, (row: Row) => Value][] = [
  ['損傷ID', (row) => row.defect_id],
  ['年度', (row) => row.fiscal_year],
  ['事務所', (row) => row.office],
  ['道路種別', (row) => row.road_type],
  ['路線番号', (row) => row.route_no],
  ['路線枝番', (row) => row.branch_no],
  ['現道・旧道・新道区分', (row) => row.kind],
  ['上下線区分', (row) => row.direction],
  ['距離標', (row) => kp(row.kp_km)],
  ['距離標(km)', (row) => row.kp_km],
  ['種類', (row) => CATEGORY[row.category] ?? row.category],
  ['状態', (row) => row.state],
  ['長さ(m)', (row) => row.length_m],
  ['幅(m)', (row) => row.width_m],
  ['面積(m2)', (row) => row.area_m2],
  ['深さ(mm)', (row) => row.depth_mm],
  ['確からしさ', (row) => row.score],
  ['緯度', (row) => row.lat],
  ['経度', (row) => row.lon],
  ...TIMES.map(([name, label]): [string, (row: Row) => Value] => [`${label}日時`, (row) => japan(timesOf(row)[name])]),
  ['記入者', (row) => row.said?.by],
  ['コメント', (row) => row.said?.comment],
  ['写真番号', (row) => row.photo],
]

/** ISO 8601 of the server (UTC) in Japan, as a spreadsheet reads it; days stay days. */
function japan(text: string | null): string | null {
  if (!text || text.length === 10) return text
  return new Date(new Date(text).getTime() + 9 * 3600_000).toISOString().slice(0, 19).replace('T', ' ')
}

function cell(value: Value): string {
  if (value === null || value === undefined) return ''
  const text = String(value)
  const safe = typeof value === 'string' && /^[=+@\t\r]|^-(?!\d)/.test(text) ? `'${text}` : text // no formulas from comments
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export function csvOf(rows: readonly Row[]): string {
  const lines = [COLUMNS.map(([name]) => cell(name)), ...rows.map((row) => COLUMNS.map(([, of]) => cell(of(row))))]
  return `\ufeff${lines.map((line) => line.join(',')).join('\r\n')}\r\n`
}
