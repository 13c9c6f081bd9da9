import { describe, expect, it } from 'vitest'
import { changesOf, formOf, isEmpty, parseNumber, UNKNOWN } from './form'

const given = (value: unknown, id: string) => ({ value, machine: 1, by: '花子', at: '2026-07-01T00:00:00Z', id })
const plain = { corrected: {} }
const detail = { corrected: { rut_mm: given(12.3, 'r1'), rating: given(null, 'g1') } }
const typed = (from: Parameters<typeof formOf>[0], values: Partial<Record<'crack_pct' | 'rut_mm' | 'iri_mm_per_m' | 'potholes', string>>, rest = {}) => {
  const form = formOf(from)
  return { ...form, ...rest, values: { ...form.values, ...values } }
}

describe('numbers as they are typed', () => {
  it.each([['12.5', 12.5], ['１２．５', 12.5], [' 3 ', 3], ['.5', 0.5], ['1,200', 1200]])('%s', (text, value) => expect(parseNumber(text)).toBe(value))
  it.each(['', 'abc', '-1', '1e3', '1.2.3', 'Infinity', '12mm'])('refuses %s', (text) => expect(parseNumber(text)).toBeNull())
})

describe('what is sent', () => {
  it('nothing, where nothing was typed', () => {
    expect(isEmpty(changesOf(formOf(detail), detail))).toBe(true)
    expect(isEmpty(changesOf(typed(detail, { rut_mm: ' 12.3 ' }), detail))).toBe(true)
    expect(isEmpty(changesOf(typed(detail, { rut_mm: '12.30' }), detail))).toBe(true)
  })
  it('a measured rut and a comment', () => {
    const changes = changesOf(typed(plain, { rut_mm: '１８．２' }, { comment: ' 現地で測定 ' }), plain)
    expect(changes).toEqual({ values: { rut_mm: 18.2 }, undo: [], comment: '現地で測定', errors: {} })
  })
  it('null where a person says that it is not known', () => {
    expect(changesOf(typed(plain, { iri_mm_per_m: UNKNOWN }, { rating: UNKNOWN }), plain).values).toEqual({ iri_mm_per_m: null, rating: null })
  })
  it('an emptied field takes the decision back', () => {
    expect(changesOf(typed(detail, { rut_mm: '' }, { rating: '' }), detail)).toMatchObject({ values: {}, undo: ['r1', 'g1'] })
  })
  it('says what is wrong, and 0 is a value', () => {
    const wrong = changesOf(typed(plain, { crack_pct: '101', rut_mm: 'x', potholes: '1.5' }), plain)
    expect(Object.keys(wrong.errors)).toEqual(['crack_pct', 'rut_mm', 'potholes'])
    expect(wrong.values).toEqual({})
    expect(changesOf(typed(plain, { potholes: '0' }), plain).values).toEqual({ potholes: 0 })
  })
})
