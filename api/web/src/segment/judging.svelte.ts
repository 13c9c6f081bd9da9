/** One section on the screen. What is shown is always what the server answered last. */

import { api, Refused } from '../lib/api'
import { toast } from '../lib/toast.svelte'
import type { SegmentDetail } from '../lib/types'
import { refusalText } from './words'

const isDetail = (answer: unknown): answer is SegmentDetail =>
  typeof answer === 'object' && answer !== null && 'history' in answer && 'blocks' in answer

export class Judging {
  detail = $state.raw<SegmentDetail | null>(null)
  year = $state(0)
  /** Why the section cannot be shown. */
  problem = $state('')
  busy = $state(false)
  /** Why the last change was not saved. */
  unsaved = $state('')
  /** How often something was taken back: lists beside look again. */
  undone = $state(0)
  #asked = ''
  #ready = new Map<string, Promise<SegmentDetail>>()

  /** Show a section; asked for again, the newer wins. */
  async load(place: string, year: number): Promise<void> {
    const asked = `${place}-${year}`
    this.#asked = asked
    this.problem = ''
    this.unsaved = ''
    if (this.detail?.place !== place || this.year !== year) this.detail = null
    try {
      const found = await (this.#ready.get(asked) ?? api.segment(place, year))
      if (this.#asked !== asked) return
      this.detail = found
      this.year = year
    } catch (error) {
      if (this.#asked === asked) this.problem = refusalText(error)
    } finally {
      this.#ready.delete(asked)
    }
  }

  /** Fetch the next one before it is asked for, with its first photo. */
  prepare(place: string, year: number): void {
    const key = `${place}-${year}`
    if (this.#ready.has(key) || key === this.#asked) return
    if (this.#ready.size > 3) this.#ready.clear()
    const coming = api.segment(place, year)
    this.#ready.set(key, coming)
    coming.then(
      (found) => found.photos[0] && (new Image().src = api.photo(found.photos[0].id, found.photos[0].marked)),
      () => this.#ready.delete(key),
    )
  }

  async reload(): Promise<void> {
    const { detail, year } = this
    if (!detail) return
    const found = await api.segment(detail.place, year)
    if (this.detail?.place === detail.place) this.detail = found
  }

  /** Do something on the server and show what it says then; `said` is told with 元に戻す. False: not done. */
  async change(doing: (place: string, year: number) => Promise<unknown>, said: string, undo?: () => Promise<unknown>): Promise<boolean> {
    const { detail, year } = this
    if (!detail || this.busy) return false
    const known = new Set(detail.history.map((each) => each.id))
    this.busy = true
    try {
      const answer = await doing(detail.place, year)
      this.unsaved = ''
      const found = isDetail(answer) ? answer : await api.segment(detail.place, year)
      if (this.detail?.place === detail.place) this.detail = found
      const made = found.history.filter((each) => !known.has(each.id) && !each.undone_at && each.field !== 'locked').map((each) => each.id)
      const takeBack = undo ?? (made.length ? () => this.undo(made) : undefined)
      toast(said, takeBack ? { undo: takeBack } : {})
      return true
    } catch (error) {
      this.unsaved = refusalText(error)
      toast(this.unsaved, { bad: true })
      if (error instanceof Refused && error.status === 409) await this.reload().catch(() => {})
      return false
    } finally {
      this.busy = false
    }
  }

  /** Take decisions back, the newest first. */
  async undo(ids: string[]): Promise<boolean> {
    try {
      for (const id of ids) await api.undo(id)
    } catch (error) {
      toast(refusalText(error), { bad: true })
      await this.reload().catch(() => {})
      return false
    }
    await this.reload().catch(() => {})
    this.undone++
    toast('元に戻しました')
    return true
  }

  /** The newest decision of the person that still holds: what Ctrl+Z takes back. */
  async undoLast(who: string): Promise<void> {
    const last = this.detail?.history.find((each) => !each.undone_at && each.who === who)
    if (!last) toast('元に戻すものがありません')
    else if (last.field === 'locked') toast('確定は「確定を解く」で取り消してください')
    else await this.undo([last.id])
  }
}
