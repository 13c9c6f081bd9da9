/** The HTTP API, typed; one function a route. Refusals are thrown as `Refused` with the server's own line. */

import type * as T from './types'

export const BASE = '/api/v1'

export class Refused extends Error {
  constructor(
    readonly status: number,
    detail: string,
    readonly more: Record<string, unknown> = {},
  ) {
    super(detail)
  }
}

type Given = string | number | boolean | null | undefined
export type Query = Record<string, Given | readonly (string | number)[]>

/** "/segments" + {year: 2026, rating: ["Ⅲ", "Ⅱ"]} → "/segments?year=2026&rating=Ⅲ&rating=Ⅱ" (encoded); empty ones are left out. */
export function address(path: string, query: Query = {}): string {
  const text = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined && each !== null && each !== '' && each !== false) text.append(name, String(each))
    }
  }
  const said = text.toString()
  return `${BASE}${path}${said ? `?${said}` : ''}`
}

let onLogout: () => Promise<boolean> = () => Promise.resolve(false)
/** What happens when the server does not know the session (any more); true = somebody logged in again: ask once more. */
export const whenLoggedOut = (then: () => Promise<boolean>): void => void (onLogout = then)

/** GET every row of a list, page by page. */
export async function allOf<R>(read: (limit: number, offset: number) => Promise<T.Page<R>>, limit = 1000): Promise<R[]> {
  const rows: R[] = []
  for (;;) {
    const page = await read(limit, rows.length)
    rows.push(...page.items)
    if (!page.items.length || rows.length >= page.total) return rows
  }
}

export async function ask<R>(method: string, path: string, query: Query = {}, body?: unknown, signal?: AbortSignal): Promise<R> {
  let answer: Response
  try {
    answer = await fetch(address(path, query), {
      method,
      signal: signal ?? null,
      credentials: 'same-origin',
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } }),
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new Refused(0, 'サーバーにつながりません。ネットワークを確かめてください。')
  }
  if (answer.status === 204) return undefined as R
  const said = (await answer.json().catch(() => ({}))) as Record<string, unknown>
  if (answer.ok) return said as R
  if (answer.status === 401 && path !== '/session' && (await onLogout())) return ask(method, path, query, body, signal)
  const { detail, ...more } = said
  throw new Refused(answer.status, typeof detail === 'string' ? detail : `エラー（${answer.status}）`, more)
}

const get = <R>(path: string, query: Query = {}, signal?: AbortSignal) => ask<R>('GET', path, query, undefined, signal)
const post = <R>(path: string, body: unknown = {}, query: Query = {}) => ask<R>('POST', path, query, body)
const patch = <R>(path: string, body: unknown, query: Query = {}) => ask<R>('PATCH', path, query, body)
const id = encodeURIComponent

export const api = {
  // session and settings
  settings: () => get<T.Settings>('/settings'),
  session: () => get<T.Session>('/session'),
  login: (name: string, password: string) => post<T.Session>('/session', { name, password }),
  logout: () => ask<void>('DELETE', '/session'),
  // results
  years: () => get<T.Year[]>('/years'),
  routes: () => get<T.Route[]>('/routes'),
  kilopost: (text: string, signal?: AbortSignal) => get<T.Candidate[]>('/kilopost', { text }, signal),
  segments: (query: Query, signal?: AbortSignal) => get<T.Page<T.Section>>('/segments', query, signal),
  segment: (place: string, year: number, signal?: AbortSignal) => get<T.SegmentDetail>(`/segments/${id(place)}`, { year }, signal),
  profile: (place: string, year: number) => get<T.Profiles>(`/segments/${id(place)}/profile`, { year }),
  mesh: (place: string, year: number) => address(`/segments/${id(place)}/mesh`, { year }),
  correctSegment: (place: string, year: number, values: Partial<T.Values>, comment?: string) =>
    patch<T.SegmentDetail>(`/segments/${id(place)}`, { values, comment }, { year }),
  segmentAction: (place: string, year: number, action: 'accept' | 'lock' | 'unlock') => post<T.Section>(`/segments/${id(place)}/${action}`, {}, { year }),
  bulkSegments: (places: string[], year: number, action: 'accept' | 'lock' | 'unlock') => post<T.Bulk>('/segments/bulk', { places, year, action }),
  corrections: (query: Query) => get<T.Correction[] | T.Page<T.Correction>>('/corrections', query),
  undo: (correction: string) => post<T.Row>(`/corrections/${id(correction)}/undo`),
  undoAll: (ids: string[]) => post<T.Bulk>('/corrections/undo', { ids }),
  correctionsFile: (query: Query = {}) => address('/corrections/export', query),
  // defects and photos
  defects: (query: Query, signal?: AbortSignal) => get<T.Page<T.Defect>>('/defects', query, signal),
  defect: (defect: string) => get<T.Defect>(`/defects/${id(defect)}`),
  correctDefect: (defect: string, change: Partial<Pick<T.Defect, 'state' | 'category' | 'length_m' | 'width_m' | 'depth_mm'>> & { comment?: string }) =>
    patch<T.Defect>(`/defects/${id(defect)}`, change),
  drawDefect: (drawn: { photo_id: string; box: [number, number, number, number]; category: T.Category } & T.Row) => post<T.Defect>('/defects', drawn),
  bulkDefects: (ids: string[], state: T.DefectState) => post<T.Row>('/defects/bulk', { ids, state }),
  photo: (photo: string, marked = false) => address(`/photos/${id(photo)}`, { marked }),
  markPhoto: (photo: string, change: { unusable?: boolean; comment?: string }) => patch<T.Photo>(`/photos/${id(photo)}`, change),
  // map
  mapStart: (year?: number) => get<T.MapStart>('/tiles/revision', { year }),
  tiles: (year: number, revision: string) => `${location.origin}${BASE}/tiles/${year}/{z}/{x}/{y}.mvt?v=${encodeURIComponent(revision)}`,
  lengths: (year: number, query: Query, signal?: AbortSignal) => get<Record<string, number>>(`/tiles/${year}/lengths`, query, signal),
  // operations
  drives: (query: Query) => get<T.Page<T.Drive>>('/drives', query),
  drive: (drive: string) => get<T.Drive>(`/drives/${id(drive)}`),
  driveAction: (drive: string, action: 'cancel' | 'retry' | 'again') => post<T.Drive>(`/drives/${id(drive)}/${action}`),
  newDrive: (vehicle: string, started_at: string, key: string, note?: string) =>
    fetch(address('/drives'), {
      method: 'POST',
      body: JSON.stringify({ vehicle, started_at, note }),
      headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key },
    }),
  vehicles: () => get<T.Row[] | T.Page<T.Row>>('/vehicles'),
  workers: () => get<T.Row[] | T.Page<T.Row>>('/workers'),
  alerts: (open: boolean) => get<T.Row[] | T.Page<T.Row>>('/alerts', { open: String(open) }),
  alertEvent: (defect: string, event: 'confirmed' | 'patched' | 'repaired', at?: string) => patch<T.Row>(`/alerts/${id(defect)}`, { event, at }),
  coverage: (year: number) => get<T.Row>('/coverage', { year }),
  exportFile: (what: string, query: Query) => address(`/exports/${id(what)}`, query),
  startExport: (what: string, year: number, filter: T.Row) => post<{ id: string }>('/exports', { what, year, ...filter }),
  exports: () => get<T.ExportJob[] | T.Page<T.ExportJob>>('/exports'),
  exportJob: (job: string) => get<T.ExportJob>(`/exports/jobs/${id(job)}`),
  exportJobFile: (job: string) => address(`/exports/jobs/${id(job)}/file`),
  // review
  review: (year: number) => get<T.Row>('/review', { year }),
  publicReview: (year: number) => get<T.Row>('/public/review', { year }),
  // administration
  people: () => get<T.PersonRow[] | T.Page<T.PersonRow>>('/people'),
  addPerson: (person: T.Row) => post<T.PersonRow>('/people', person),
  changePerson: (person: string, change: T.Row) => patch<T.PersonRow>(`/people/${id(person)}`, change),
  setPassword: (person: string, password: string) => post<T.Row>(`/people/${id(person)}/password`, { password }),
  audit: (query: Query) => get<T.Row[] | T.Page<T.Row>>('/audit', query),
  devices: () => get<T.Device[] | T.Page<T.Device>>('/devices'),
  addDevice: (device: T.Row) => post<T.Row>('/devices', device),
  revokeDevice: (device: string) => post<T.Row>(`/devices/${id(device)}/revoke`),
  pair: (name: string, manager?: string | null, office?: string | null) => post<T.Pairing>('/pairings', { name, manager, office }),
  newPassword: (person: string) => post<{ password: string }>(`/people/${id(person)}/password`, { generate: true }),
  ownPassword: (person: string, current: string, password: string) => post<T.Row>(`/people/${id(person)}/password`, { current, password }),
  model: () => fetch('/readyz').then((answer) => answer.json() as Promise<{ status: string; model?: string; sha256?: string; reason?: string }>),
}

/** The rows of an answer that is a list or a page of one. */
export const itemsOf = <R>(answer: R[] | T.Page<R>): R[] => (Array.isArray(answer) ? answer : answer.items)
