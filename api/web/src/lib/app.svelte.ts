/** What all pages share: who is here, the server's settings, the 年度. */

import { api, whenLoggedOut } from './api'
import { fiscalYear } from './format'
import { go, route, setQuery } from './router.svelte'
import type { Role, Session, Settings, Year } from './types'

const ORDER: Role[] = ['patrol', 'staff', 'reviewer', 'admin']

export const app = $state<{ ready: boolean; settings: Settings | null; session: Session | null; years: Year[]; failed: string }>({
  ready: false,
  settings: null,
  session: null,
  years: [],
  failed: '',
})

/** Whether the person has the role, or one that includes it, anywhere. */
export const may = (role: Role): boolean => app.session?.grants.some((each) => ORDER.indexOf(each.role) >= ORDER.indexOf(role)) ?? false

/** The 年度 that is looked at: the address's, else the newest with results, else today's. */
export function year(): number {
  const asked = Number(route.now.query.get('year'))
  if (Number.isInteger(asked) && asked > 1900) return asked
  return app.years.length ? Math.max(...app.years.map((each) => each.fiscal_year)) : thisYear()
}

/** Today's 年度 in Japan: April to March. */
export function thisYear(now = new Date()): number {
  const japan = new Date(now.getTime() + 9 * 3600_000)
  return japan.getUTCFullYear() - (japan.getUTCMonth() < 3 ? 1 : 0)
}

export const chooseYear = (chosen: number): void => setQuery({ year: String(chosen) })
export const yearLabel = (chosen: number): string => app.years.find((each) => each.fiscal_year === chosen)?.label ?? fiscalYear(chosen)

/** An address with the 年度 kept. */
export const to = (path: string): string => (route.now.query.has('year') ? `${path}${path.includes('?') ? '&' : '?'}year=${year()}` : path)

export async function start(): Promise<void> {
  whenLoggedOut(() => {
    app.session = null
    if (route.now.path !== '/login' && !route.now.path.startsWith('/public')) {
      go(`/login?next=${encodeURIComponent(route.now.path + location.search)}`, true)
    }
  })
  try {
    app.settings = await api.settings()
    document.title = app.settings.title
    if (!route.now.path.startsWith('/public')) await enter()
  } catch (error) {
    app.failed = (error as Error).message
  }
  app.ready = true
}

/** Read what depends on the session; nobody being logged in is no failure. */
export async function enter(): Promise<boolean> {
  const session = await api.session().catch((error) => {
    if (error.status === 401) return null
    throw error
  })
  app.session = session
  if (!session) {
    if (route.now.path !== '/login') go(`/login?next=${encodeURIComponent(route.now.path + location.search)}`, true)
    return false
  }
  app.years = await api.years().catch(() => [])
  return true
}
