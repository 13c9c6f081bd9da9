/** What all pages share: who is here, the server's settings, the 年度. */

import { api, whenLoggedOut } from './api'
import { fiscalYear } from './format'
import { go, route, setQuery } from './router.svelte'
import type { Role, Session, Settings, Year } from './types'

const ORDER: Role[] = ['patrol', 'staff', 'reviewer', 'admin']

interface App {
  ready: boolean
  settings: Settings | null
  session: Session | null
  years: Year[]
  failed: string
  expired: boolean // the session ended while somebody worked: the page stays, and asks for the password over it
}
export const app = $state<App>({ ready: false, settings: null, session: null, years: [], failed: '', expired: false })

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

const waiting: ((again: boolean) => void)[] = []

/** Somebody is logged in again, after the session had ended: what was asked for meanwhile goes on. */
export function resume(session: Session): void {
  if (session.user.id !== app.session?.user.id) return location.reload() // another person: nothing of this page is theirs
  app.session = session
  app.expired = false
  waiting.splice(0).forEach((each) => each(true))
}

/** Leave: to the login, and nothing that was asked for goes on. */
export function leave(): void {
  app.session = null
  app.expired = false
  waiting.splice(0).forEach((each) => each(false))
  go('/login')
}

export async function start(): Promise<void> {
  whenLoggedOut(() => {
    if (!app.session) return Promise.resolve(false)
    app.expired = true
    return new Promise((resolve) => waiting.push(resolve))
  })
  try {
    app.settings = await api.settings()
    if (!route.now.path.startsWith('/public')) await enter()
  } catch (error) {
    app.failed = (error as Error).message
  }
  app.ready = true
}

/** Read what depends on the session, which is known after a login; nobody being logged in is no failure. */
export async function enter(known?: Session): Promise<boolean> {
  const asked = known ?? api.session().catch((error) => {
    if (error.status === 401) return null
    throw error
  })
  const [session, years] = await Promise.all([asked, api.years().catch(() => [])])
  app.session = session
  app.years = years
  if (session) return true
  if (route.now.path !== '/login') go(`/login?next=${encodeURIComponent(route.now.path + location.search + location.hash)}`, true)
  return false
}
