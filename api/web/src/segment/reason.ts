/** Why a section is rated as it is, in sentences. */

import { number } from '../lib/format'
import type { Maybe, RatingReason } from '../lib/types'
import { FIELDS } from './words'

const limit = (value: number): string => number(value, Number.isInteger(value) ? 0 : 1)

export interface ReasonLine { field: string; text: string; level: string; counts: boolean }

/** One line an indicator: its value against the limits of Ⅱ and Ⅲ. */
export function indicatorLines(reason: RatingReason): ReasonLine[] {
  return reason.indicators.map(({ field, label, value, limits: [low, high], level, counts, corrected }) => {
    const { unit, digits } = FIELDS[field] ?? { unit: '', digits: 1 }
    if (value === null) return { field, level: '', counts: false, text: `${label}は測定できていません（診断に使えません）。` }
    const place =
      value >= high ? `${limit(high)} ${unit} 以上` : value >= low ? `${limit(low)} 以上 ${limit(high)} ${unit} 未満` : `${limit(low)} ${unit} 未満`
    const what = value >= high ? 'Ⅲ' : value >= low ? 'Ⅱ' : 'Ⅰ'
    const whose = corrected ? '（人の値）' : ''
    const unused = counts ? '' : '。参考値のため診断には使っていません'
    return { field, level: level ?? '', counts, text: `${label} ${number(value, digits)} ${unit}${whose} は ${place}で、${what} にあたります${unused}。` }
  })
}

/** What follows of them. */
export function conclusion(reason: RatingReason, rating: Maybe<string>, flags: string[]): string {
  const { coverage_pct: coverage, min_coverage_pct: least, by_person } = reason
  if (by_person) return rating ? `人が ${rating} と診断しました。` : '人が「診断できない」としました。'
  const used = reason.indicators.filter((each) => each.value !== null && each.counts)
  const named = (some: RatingReason['indicators']): string => some.map((each) => each.label).join('・')
  const missing = reason.indicators.filter((each) => each.value === null)
  const unused = reason.indicators.filter((each) => each.value !== null && !each.counts)
  const thin = coverage !== null && coverage < least ? `有効測定率 ${number(coverage)} % が ${number(least)} % に足りない` : ''
  const lack = missing.length ? `${named(missing)}の値がない` : ''
  const doubtful = unused.length ? `${named(unused)}が参考値でしかない` : ''
  const because = [thin, lack, doubtful].filter(Boolean).join('うえ、')
  if (!rating) return because ? `${because}ため「Ⅰ 健全」とは言えず、診断は空欄です（要確認）。` : '診断は空欄です（要確認）。'
  const worst = used.length > 1 ? '最も悪い指標から' : 'この指標から'
  if (rating === 'Ⅲ' && because) return `${worst} Ⅲ と診断しました。${because}ものの、Ⅲ より悪い区分はないため、診断は変わりません。`
  if (flags.includes('少なくとも')) return `${worst}少なくとも ${rating} です。${because ? `${because}ため、もっと悪い可能性があります。` : ''}`
  return `${worst} ${rating} と診断しました。`
}
