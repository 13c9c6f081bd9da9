/** What was typed and not yet saved outlives a lost network, another page and a reload (of this tab). */

import type { Form } from './form'

const name = (place: string, year: number): string => `pavement-draft-${year}-${place}`

export function keepDraft(place: string, year: number, form: Form | null): void {
  try {
    if (form) sessionStorage.setItem(name(place, year), JSON.stringify(form))
    else sessionStorage.removeItem(name(place, year))
  } catch {
    // private windows without storage: the form on the page is all there is
  }
}

export function readDraft(place: string, year: number): Form | null {
  try {
    const text = sessionStorage.getItem(name(place, year))
    return text ? (JSON.parse(text) as Form) : null
  } catch {
    return null
  }
}
