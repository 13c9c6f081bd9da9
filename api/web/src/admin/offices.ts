/** The managers and offices that the person sees. */

import { api } from '../lib/api'

export interface OfficeRow { manager: string | null; office: string }

export async function readOffices(): Promise<OfficeRow[]> {
  const routes = await api.routes().catch(() => [])
  const found = new Map(routes.filter((each) => each.office).map((each) => [`${each.manager}|${each.office}`, { manager: each.manager, office: each.office! }]))
  return [...found.values()]
}
