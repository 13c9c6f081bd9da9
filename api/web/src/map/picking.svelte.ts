/** Segments that were picked on the map, for what is done with many at once. */

import { api } from '../lib/api'
import { complain, toast } from '../lib/toast.svelte'
import type { Section } from '../lib/types'

export const MOST = 2000 // that the server takes at once
export const picking = $state<{ on: boolean; places: string[]; busy: boolean }>({ on: false, places: [], busy: false })

interface Shown { properties: Record<string, unknown> }
const placeOf = (feature: Shown): string => String(feature.properties['segment_place'] ?? '') // 1 km units have none

function tooFar(): void {
  toast('広域では 1 km ごとの表示です。拡大すると 100 m 区間を選べます。')
}

/** Add the section, or take it out again. */
export function toggle(feature: Shown): void {
  const place = placeOf(feature)
  if (!place) return tooFar()
  if (picking.places.includes(place)) picking.places = picking.places.filter((each) => each !== place)
  else add([place])
}

export function addAll(features: Shown[]): void {
  const places = features.map(placeOf).filter(Boolean)
  if (features.length && !places.length) tooFar()
  else add(places)
}

function add(places: string[]): void {
  const all = [...new Set([...picking.places, ...places])]
  if (all.length > MOST) toast(`一度に選べるのは ${MOST.toLocaleString()} 区間までです。路線や事務所で絞り込んでください。`, { bad: true })
  else picking.places = all
  if (all.length) picking.on = true
}

export function stop(): void {
  picking.on = false
  picking.places = []
}

/** Everything that a query of segments finds. */
export async function addFound(year: number, query: Parameters<typeof api.segments>[0]): Promise<void> {
  picking.busy = true
  try {
    const found = await api.segments({ ...query, year, fields: ['place'], limit: MOST })
    if (found.total > MOST) toast(`${found.total.toLocaleString()} 区間あります。一度に選べるのは ${MOST.toLocaleString()} 区間までです。`, { bad: true })
    else if (!found.total) toast('その範囲に区間はありません。', { bad: true })
    else add(found.items.map((each: Pick<Section, 'place'>) => each.place))
  } catch (error) {
    complain(error)
  } finally {
    picking.busy = false
  }
}

const REASONS: [RegExp, string][] = [
  [/not inspected/, '未点検'],
  [/確定|locked/, '確定済み'],
  [/no such section/, '担当外'],
]
const reasonOf = (text: string): string => REASONS.find(([pattern]) => pattern.test(text))?.[1] ?? text

/** 要確認 → 確認済み, or 確定, of all that are picked; `then` after each change. */
export async function act(year: number, action: 'accept' | 'lock', then: () => unknown): Promise<void> {
  const places = [...picking.places]
  const name = action === 'lock' ? '確定' : '確認済み'
  picking.busy = true
  try {
    const { done, refused, decisions = [] } = await api.bulkSegments(places, year, action)
    const counts = new Map<string, number>()
    for (const each of Object.values(refused)) counts.set(reasonOf(each), (counts.get(reasonOf(each)) ?? 0) + 1)
    const left = [...counts].map(([reason, count]) => `${reason} ${count}`).join('、')
    const changed = places.filter((place) => !(place in refused))
    const undo = async (): Promise<void> => {
      const back = action === 'lock' ? await api.bulkSegments(changed, year, 'unlock') : await api.undoAll(decisions)
      const kept = Object.keys(back.refused).length
      toast(kept ? `${name}を ${back.done} 区間で取り消しました。${kept} 区間はその後に変えられたため、そのままです。` : `${name}を取り消しました。`, { bad: kept > 0 })
      await then()
    }
    if (done) toast(`${done} 区間を${name}にしました。${left ? `（そのまま：${left}）` : ''}`, { undo, seconds: 20 })
    else toast(`${name}にできる区間がありません。（${left}）`, { bad: true })
    await then()
  } catch (error) {
    complain(error)
  } finally {
    picking.busy = false
  }
}
