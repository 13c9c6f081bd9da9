/** Names of fields, classes and decisions as people read them, and what a refusal means. */

import { Refused } from '../lib/api'
import { NONE, number } from '../lib/format'
import type { Category, Correction, DefectState } from '../lib/types'

export const CATEGORIES: Record<Category, string> = {
  pothole: 'ポットホール',
  crack_linear: '線状ひび割れ',
  crack_alligator: '亀甲状ひび割れ',
  rut: 'わだち掘れ',
  step: '段差',
  patch: '応急補修跡',
}
export const STATES: DefectState[] = ['未確認', '誤検出', '経過観察', '応急補修済', '本補修済']

/** What a flag means, where the word alone does not say it. */
export const FLAGS: Record<string, string> = {
  要確認: '人が写真と値を見て確かめる必要があります',
  少なくとも: '測れていない指標があり、診断はもっと悪い可能性があります',
  有効測定率不足: '測れた割合が足りません',
  位置不確か: '位置の誤差が大きい区間です',
  距離標異常: '距離標の間隔が普通ではありません',
  距離標欠落: '途中の距離標がないため、位置を補間しています',
  推定: '画像と加速度からの推定値です',
  縮尺仮定: 'カメラの高さも車線の幅も分からず、縮尺を仮定しています',
  要目視: 'アスファルト舗装ではないため、目視で診断します',
  測定車: '測定車などの結果を取り込んだ値です',
}

interface Field { label: string; unit: string; digits: number }
export const FIELDS: Record<string, Field> = {
  crack_pct: { label: 'ひび割れ率', unit: '%', digits: 1 },
  rut_mm: { label: 'わだち掘れ量', unit: 'mm', digits: 1 },
  iri_mm_per_m: { label: 'IRI', unit: 'mm/m', digits: 2 },
  potholes: { label: 'ポットホール', unit: '箇所', digits: 0 },
  mci: { label: 'MCI', unit: '', digits: 1 },
  rating: { label: '健全性の診断', unit: '', digits: 0 },
  length_m: { label: '長さ', unit: 'm', digits: 1 },
  width_m: { label: '幅', unit: 'm', digits: 1 },
  depth_mm: { label: '深さ', unit: 'mm', digits: 0 },
  category: { label: '種類', unit: '', digits: 0 },
  state: { label: '損傷の状態', unit: '', digits: 0 },
}

/** A value with its unit; `nothing` where there is none. */
export function valueOf(field: string, value: unknown, nothing = NONE): string {
  if (value === null || value === undefined || value === '') return nothing
  const { unit, digits } = FIELDS[field] ?? { unit: '', digits: 0 }
  const text = typeof value === 'number' ? number(value, digits) : field === 'category' ? (CATEGORIES[value as Category] ?? String(value)) : String(value)
  return unit ? `${text} ${unit}` : text
}

/** One line of the history: what was decided. */
export function decisionText(entry: Correction): string {
  const { field, value } = entry
  if (field === 'accepted') return '要確認を確認済みにした'
  if (field === 'locked') return value ? '確定した' : '確定を解いた'
  if (field === 'unusable') return value ? '写真を「使えない」とした' : '写真を「使える」に戻した'
  if (field === 'drawn') return '損傷を書き加えた'
  if (field === 'comment') return 'コメント'
  const label = FIELDS[field]?.label ?? field
  const before = entry.before === undefined ? entry.machine : entry.before
  return `${label} ${valueOf(field, before, '（なし）')} → ${valueOf(field, value, '不明（空欄）')}`
}

/** Why the server did not do it, in words for staff. */
export function refusalText(error: unknown): string {
  if (!(error instanceof Refused)) return error instanceof Error ? error.message : String(error)
  switch (error.status) {
    case 0:
      return 'サーバーにつながりません。変更はまだ保存されていません。'
    case 401:
      return 'ログインが切れました。もう一度ログインしてください。'
    case 403:
      return 'この操作をする権限がありません。'
    case 404:
      return '対象が見つかりません（担当する事務所の外か、消えています）。'
    case 409:
      return 'この区間は確定済みのため変更できません。直すには確認者が「確定を解く」を押してください。'
    case 422:
    case 400:
      return `この値は受け付けられません（${error.message}）`
    default:
      return error.status >= 500 ? 'サーバーで問題が起きました。変更は保存されていません。少し待ってやり直してください。' : error.message
  }
}
