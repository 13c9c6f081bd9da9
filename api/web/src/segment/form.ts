/** The form of a section's values: what a person typed, and what of it is to be sent. */

import type { Corrected, SegmentDetail } from '../lib/types'
import { FIELDS } from './words'

export const NUMBERS = ['crack_pct', 'rut_mm', 'iri_mm_per_m', 'potholes'] as const
export type NumberField = (typeof NUMBERS)[number]
const MOST: Record<NumberField, number> = { crack_pct: 100, rut_mm: 500, iri_mm_per_m: 50, potholes: 10_000 }
export const RATINGS = ['Ⅰ', 'Ⅱ', 'Ⅲ', 'Ⅲ-1', 'Ⅲ-2']
/** In the choice of ratings: none given, or a person says that it cannot be judged. */
export const AS_MEASURED = ''
export const UNKNOWN = '不明'

/** Texts as typed: '' = as the machine has it, UNKNOWN = a person says that it is not known. */
export interface Form { values: Record<NumberField, string>; rating: string; comment: string }
export interface Changes { values: Record<string, number | string | null>; undo: string[]; comment: string; errors: Record<string, string> }

type Given = Pick<SegmentDetail, 'corrected'>
const textOf = (given: Corrected | undefined): string => (given === undefined ? '' : given.value === null ? UNKNOWN : String(given.value))

/** What the form shows before anything is typed: a person's values so far. */
export function formOf(detail: Given): Form {
  const given = detail.corrected ?? {}
  const values = Object.fromEntries(NUMBERS.map((name) => [name, textOf(given[name])])) as Form['values']
  return { values, rating: textOf(given['rating']), comment: '' }
}

/** "１２．５" → 12.5; null where it is no number. */
export function parseNumber(text: string): number | null {
  const plain = text.normalize('NFKC').replace(/[,\s]/g, '')
  return /^\d+(\.\d*)?$|^\.\d+$/.test(plain) ? Number(plain) : null
}

/** What differs from the decisions that hold: values to send, decisions to take back, and what is wrong. */
export function changesOf(form: Form, detail: Given): Changes {
  const before = formOf(detail)
  const found: Changes = { values: {}, undo: [], comment: form.comment.trim(), errors: {} }
  const drop = (name: string): void => {
    const id = detail.corrected?.[name]?.id
    if (id) found.undo.push(id)
  }
  for (const name of NUMBERS) {
    const text = form.values[name].trim()
    if (text === before.values[name]) continue
    if (text === '') drop(name)
    else if (text === UNKNOWN) found.values[name] = null
    else {
      const value = parseNumber(text)
      const { label } = FIELDS[name]!
      if (value === null) found.errors[name] = `${label}は数字で入れてください`
      else if (value > MOST[name]) found.errors[name] = `${label}は ${MOST[name].toLocaleString('ja-JP')} までです`
      else if (name === 'potholes' && !Number.isInteger(value)) found.errors[name] = `${label}は整数で入れてください`
      else if (String(value) !== before.values[name]) found.values[name] = value
    }
  }
  if (form.rating !== before.rating) {
    if (form.rating === AS_MEASURED) drop('rating')
    else found.values['rating'] = form.rating === UNKNOWN ? null : form.rating
  }
  return found
}

export const isEmpty = (changes: Changes): boolean =>
  !Object.keys(changes.values).length && !changes.undo.length && !changes.comment && !Object.keys(changes.errors).length
