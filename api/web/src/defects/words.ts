/** Words of defects: states, classes, times. */

import type { Category, Defect, DefectState, Maybe } from '../lib/types'

export const STATES: DefectState[] = ['未確認', '経過観察', '応急補修済', '本補修済', '誤検出']
export const CATEGORY: Record<Category, string> = {
  pothole: 'ポットホール', crack_alligator: '亀甲状ひび割れ', crack_linear: '線状ひび割れ', rut: 'わだち掘れ', step: '段差', patch: '応急補修跡',
}

/** An alert's times in the order in which they come. */
export const TIMES = [
  ['found_at', '発見'], ['notified_at', '通知'], ['confirmed_at', '確認'], ['patched_at', '応急'], ['repaired_at', '完了'],
] as const
export type TimeName = (typeof TIMES)[number][0]

/** A defect as the list answers it. */
export interface Row extends Omit<Defect, 'alert'> {
  fiscal_year: number
  manager: Maybe<string>
  office: Maybe<string>
  seen_on: Maybe<string>
  drawn: boolean
  seen_again: boolean
  said: Maybe<{ by: string; at: string; comment: Maybe<string>; patched_at: Maybe<string>; repaired_at: Maybe<string> }>
  alert: Maybe<Partial<Record<TimeName, Maybe<string>>>>
}
export interface Entry {
  id: string
  at: string
  by: string
  field: string
  machine: unknown
  value: unknown
  comment: Maybe<string>
  undone_at: Maybe<string>
}
export interface Detail extends Row {
  years: number[]
  history: Entry[]
}
export interface Alert {
  defect_id: string
  office: Maybe<string>
  facts: Omit<Row, 'office' | 'manager'>
  found_at: string
  notified_at: Maybe<string>
  confirmed_at: Maybe<string>
  patched_at: Maybe<string>
  repaired_at: Maybe<string>
  deliveries: { channel: string; sent_at: Maybe<string>; error: Maybe<string> }[]
}

/** When it was found: told by the alert, else the day on which it was seen. */
export const timesOf = (row: Row): Record<TimeName, Maybe<string>> => ({
  found_at: row.alert?.found_at ?? row.seen_on,
  notified_at: row.alert?.notified_at ?? null,
  confirmed_at: row.alert?.confirmed_at ?? (row.said && row.state !== '未確認' ? row.said.at : null),
  patched_at: row.alert?.patched_at ?? row.said?.patched_at ?? null,
  repaired_at: row.alert?.repaired_at ?? row.said?.repaired_at ?? null,
})

const FIELD: Record<string, string> = {
  state: '状態', category: '種類', length_m: '長さ', width_m: '幅', depth_mm: '深さ', area_m2: '面積', comment: 'コメント', drawn: '手で追加',
}
export const fieldWords = (field: string): string => FIELD[field] ?? field
export const valueWords = (field: string, value: unknown): string =>
  value === null || value === undefined ? '－' : field === 'category' ? (CATEGORY[value as Category] ?? String(value)) : field === 'drawn' ? '' : String(value)
