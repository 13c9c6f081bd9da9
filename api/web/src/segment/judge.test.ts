import { describe, expect, it } from 'vitest'
import { Refused } from '../lib/api'
import type { Correction, RatingReason } from '../lib/types'
import { bigEnough, boxBetween, keyBox, moveBox, resizeBox } from './box'
import { keyOf } from './keys'
import { niceStep, pathOf, scaleOf, ticks } from './profile'
import { checkQuery, nextOpen, readCheck } from './queue'
import { conclusion, indicatorLines } from './reason'
import { decisionText, refusalText, valueOf } from './words'
import { shift, WHOLE, zoomAt } from './zoom'

describe('boxes', () => {
  it('lie between two corners, whichever comes first, inside the picture', () => {
    expect(boxBetween({ x: 0.6, y: 0.8 }, { x: 0.2, y: 0.5 })).toEqual([0.2, 0.5, 0.4, 0.3])
    expect(boxBetween({ x: -1, y: 0.5 }, { x: 2, y: 3 })).toEqual([0, 0.5, 1, 0.5])
    expect(bigEnough(boxBetween({ x: 0.2, y: 0.2 }, { x: 0.2, y: 0.9 }))).toBe(false)
  })
  it('stay inside when keys move them', () => {
    expect(moveBox([0.9, 0, 0.1, 0.1], 0.05, -0.05)).toEqual([0.9, 0, 0.1, 0.1])
    expect(resizeBox([0.5, 0.5, 0.4, 0.4], 0.3, -1)).toEqual([0.5, 0.5, 0.5, 0.01])
    expect(keyBox([0.5, 0.5, 0.2, 0.2], 'ArrowLeft', false)).toEqual([0.49, 0.5, 0.2, 0.2])
    expect(keyBox([0.5, 0.5, 0.2, 0.2], 'ArrowDown', true)).toEqual([0.5, 0.5, 0.2, 0.21])
    expect(keyBox([0.5, 0.5, 0.2, 0.2], 'x', false)).toBeNull()
  })
})

describe('zoom', () => {
  it('keeps what is under the pointer, and never shows beside the picture', () => {
    const zoom = zoomAt(WHOLE, 2, 300, 100, 800, 600)
    expect(zoom).toEqual({ scale: 2, x: -300, y: -100 })
    expect(shift(zoom, 5000, -5000, 800, 600)).toEqual({ scale: 2, x: 0, y: -600 })
    expect(zoomAt(zoom, 0.01, 0, 0, 800, 600)).toEqual(WHOLE)
  })
})

describe('keys', () => {
  const press = (key: string, more = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, defaultPrevented: false, target: null, ...more })
  it('are not taken from fields, and can be turned off', () => {
    expect(keyOf(press('A'), true)).toBe('a')
    expect(keyOf(press('ａ'), true)).toBe('a')
    expect(keyOf(press('a', { target: { tagName: 'INPUT' } }), true)).toBeNull()
    expect(keyOf(press('a', { ctrlKey: true }), true)).toBeNull()
    expect(keyOf(press('z', { ctrlKey: true }), true)).toBe('undo')
    expect(keyOf(press('a'), false)).toBeNull()
    expect([keyOf(press('ArrowLeft'), false), keyOf(press('?'), false)]).toEqual(['ArrowLeft', '?'])
  })
})

describe('why this rating', () => {
  const reason = (crack: number | null, rut: number | null, iri: number | null, more: Partial<RatingReason> = {}): RatingReason => ({
    indicators: [
      { field: 'crack_pct', label: 'ひび割れ率', value: crack, limits: [20, 40], level: null, counts: crack !== null, corrected: false },
      { field: 'rut_mm', label: 'わだち掘れ量', value: rut, limits: [20, 40], level: null, counts: rut !== null, corrected: true },
      { field: 'iri_mm_per_m', label: 'IRI', value: iri, limits: [3.5, 3.5], level: null, counts: false, corrected: false },
    ],
    coverage_pct: 100,
    min_coverage_pct: 80,
    by_person: false,
    ...more,
  })
  it('sets each indicator against its limits', () => {
    const lines = indicatorLines(reason(26.8, 41, 3.5)).map((each) => each.text)
    expect(lines[0]).toBe('ひび割れ率 26.8 % は 20 以上 40 % 未満で、Ⅱ にあたります。')
    expect(lines[1]).toContain('41.0 mm（人の値） は 40 mm 以上で、Ⅲ')
    expect(lines[2]).toContain('3.50 mm/m は 3.5 mm/m 以上で、Ⅲ にあたります。参考値のため')
    expect(indicatorLines(reason(null, 1, 1))[0]!.text).toContain('測定できていません')
  })
  it('never calls sound what was not measured', () => {
    expect(conclusion(reason(1, 2, null), null, ['要確認'])).toBe('IRIの値がないため「Ⅰ 健全」とは言えず、診断は空欄です（要確認）。')
    expect(conclusion(reason(1, 2, 2), null, [])).toContain('IRIが参考値でしかない')
    expect(conclusion(reason(1, null, null, { coverage_pct: 12 }), null, [])).toContain('有効測定率 12 % が 80 % に足りないうえ')
    expect(conclusion(reason(30, 2, null), 'Ⅱ', ['少なくとも'])).toContain('少なくとも Ⅱ')
    expect(conclusion(reason(43, 2, null), 'Ⅲ', ['少なくとも'])).toBe('最も悪い指標から Ⅲ と診断しました。IRIの値がないものの、Ⅲ より悪い区分はないため、診断は変わりません。')
    expect(conclusion(reason(30, 2, 2, { by_person: true }), 'Ⅲ', [])).toBe('人が Ⅲ と診断しました。')
  })
})

describe('words', () => {
  const entry = (field: string, value: unknown, before?: unknown): Correction => ({ id: '1', at: '', who: 'p', fiscal_year: 2026, place: null, defect_id: null, photo_id: null, field, machine: null, value, comment: null, undone_at: null, undone_by: null, before })
  it('tell what was decided', () => {
    expect(decisionText(entry('rut_mm', 18.2, 12))).toBe('わだち掘れ量 12.0 mm → 18.2 mm')
    expect(decisionText(entry('rating', null, 'Ⅱ'))).toBe('健全性の診断 Ⅱ → 不明（空欄）')
    expect(decisionText(entry('locked', false))).toBe('確定を解いた')
    expect(decisionText(entry('state', '誤検出', '未確認'))).toBe('損傷の状態 未確認 → 誤検出')
    expect(valueOf('iri_mm_per_m', null)).toBe('－')
    expect(valueOf('potholes', 0)).toBe('0 箇所')
  })
  it('say what a refusal means', () => {
    expect(refusalText(new Refused(409, 'the section is 確定'))).toContain('確定を解く')
    expect(refusalText(new Refused(0, ''))).toContain('まだ保存されていません')
    expect(refusalText(new Refused(503, ''))).toContain('保存されていません')
  })
})

describe('the queue', () => {
  const places = ['a', 'b', 'c', 'd']
  it('goes on over what is done, around the end', () => {
    expect(nextOpen(places, new Set(['b']), 'a', 1)).toBe('c')
    expect(nextOpen(places, new Set(), 'd', 1)).toBe('a')
    expect(nextOpen(places, new Set(['d']), 'a', -1)).toBe('c')
    expect(nextOpen(places, new Set(places), 'a', 1)).toBeNull()
    expect(nextOpen([], new Set(), 'a', 1)).toBeNull()
  })
  it('asks for what is to be checked and free', () => {
    const filter = readCheck(new URLSearchParams('route_no=4&office=東青'))
    expect(checkQuery(filter, 2026)).toMatchObject({ route_no: '4', office: '東青', flag: '要確認', locked: 'false', year: 2026 })
  })
})

describe('the profile', () => {
  const frame = { width: 500, height: 200, left: 40, top: 10, right: 10, bottom: 30 }
  it('breaks where nothing was measured', () => {
    const scale = scaleOf([{ across_mm: [-1000, 0, 1000], height_mm: [0, null, -20] }], frame)
    expect(pathOf([-1000, 0, 1000], [0, null, -20], scale).match(/M/g)).toHaveLength(2)
    expect(pathOf([-1000, 0, 1000], [0, -5, -20], scale).match(/M/g)).toHaveLength(1)
    expect(scale.up[0]).toBeLessThanOrEqual(-20)
    expect([scale.x(-1000), scale.x(1000)]).toEqual([40, 490])
  })
  it('has round ticks', () => {
    expect([niceStep(20, 4), niceStep(43, 4), niceStep(3000, 6)]).toEqual([5, 20, 500])
    expect(ticks(-20, 10, 10)).toEqual([-20, -10, 0, 10])
  })
})
