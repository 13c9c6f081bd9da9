/** How ratings and indicators are drawn: colours that colour-blind eyes tell apart (Okabe-Ito's orange and blue, a dark
 * red), and besides a width and a dash, so that nothing hangs on colour alone. */

import type { Maybe } from './types'

export interface Grade { name: string; colour: string; ink: string; width: number; dash: number[] | null; words: string }

export const GRADES: Record<'1' | '2' | '3' | 'none' | 'missing' | 'closed', Grade> = {
  '1': { name: 'Ⅰ', colour: '#3b83bd', ink: '#ffffff', width: 0.8, dash: null, words: 'Ⅰ 健全' },
  '2': { name: 'Ⅱ', colour: '#eda100', ink: '#1c1400', width: 1.15, dash: null, words: 'Ⅱ 表層機能保持' },
  '3': { name: 'Ⅲ', colour: '#a50f15', ink: '#ffffff', width: 1.7, dash: null, words: 'Ⅲ 修繕' },
  none: { name: '判定なし', colour: '#3f2a56', ink: '#ffffff', width: 0.8, dash: [2, 1], words: '判定なし（要確認）' },
  missing: { name: '未点検', colour: '#8b979e', ink: '#17232b', width: 0.6, dash: [0.8, 1.4], words: '未点検' },
  closed: { name: '通行止', colour: '#bfc8cd', ink: '#17232b', width: 0.6, dash: [0.4, 2.2], words: '対象外（通行止）' },
}
export type GradeKey = keyof typeof GRADES

export const RATINGS_OF: Record<'1' | '2' | '3', string[]> = { '1': ['Ⅰ'], '2': ['Ⅱ'], '3': ['Ⅲ', 'Ⅲ-1', 'Ⅲ-2'] }

export function gradeOf(rating: Maybe<string> | undefined, inspected = true): GradeKey {
  if (!rating) return inspected ? 'none' : 'missing'
  return rating.startsWith('Ⅲ') ? '3' : rating === 'Ⅱ' ? '2' : '1'
}

export interface Indicator { key: string; label: string; unit: string; digits: number; bounds: number[]; lowIsBad: boolean }

/** Bounds at the limits of the diagnosis where the indicator has them; five classes. */
export const INDICATORS: Indicator[] = [
  { key: 'crack_pct', label: 'ひび割れ率', unit: '%', digits: 0, bounds: [10, 20, 30, 40], lowIsBad: false },
  { key: 'rut_mm', label: 'わだち掘れ量', unit: 'mm', digits: 0, bounds: [10, 20, 30, 40], lowIsBad: false },
  { key: 'iri_mm_per_m', label: 'IRI', unit: 'mm/m', digits: 0, bounds: [2, 3, 5, 8], lowIsBad: false },
  { key: 'mci', label: 'MCI', unit: '', digits: 0, bounds: [3, 4, 5, 7], lowIsBad: true },
  { key: 'potholes', label: 'ポットホール', unit: '箇所', digits: 0, bounds: [1, 2, 3, 5], lowIsBad: false },
  { key: 'coverage_pct', label: '有効測定率', unit: '%', digits: 0, bounds: [60, 70, 80, 90], lowIsBad: true },
]
/** Good to bad; dark and wide is bad, told apart in greyscale too. */
export const SCALE = ['#9ccbe6', '#4f97c9', '#eda100', '#d1591b', '#8a0f14']
export const SCALE_WIDTH = [0.8, 0.9, 1.15, 1.45, 1.8]

export interface Class { key: string; label: string; colour: string; width: number }

/** The classes of an indicator, from low values to high ones. */
export function classesOf(indicator: Indicator): Class[] {
  const { bounds, unit, lowIsBad } = indicator
  const unitText = unit ? ` ${unit}` : ''
  return SCALE.map((_, index) => {
    const place = lowIsBad ? SCALE.length - 1 - index : index
    const low = bounds[index - 1]
    const high = bounds[index]
    const label =
      indicator.key === 'potholes'
        ? high === undefined ? `${low} 箇所以上` : (low ?? 0) + 1 === high ? `${low ?? 0} 箇所` : `${low}～${high - 1} 箇所`
        : low === undefined ? `${high}${unitText} 未満` : high === undefined ? `${low}${unitText} 以上` : `${low}～${high}${unitText}`
    return { key: String(index), label, colour: SCALE[place]!, width: SCALE_WIDTH[place]! }
  })
}
