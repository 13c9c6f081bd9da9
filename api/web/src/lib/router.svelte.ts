/** The address bar as state: path-routed, no framework. Links are plain <a href>; clicks stay inside the page. */

export interface Place {
  path: string
  query: URLSearchParams
}

const read = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) })

export const route = $state<{ now: Place }>({ now: read() })

/** Go somewhere; `replace` leaves no step behind for the back button. */
export function go(address: string, replace = false): void {
  if (replace) history.replaceState(null, '', address)
  else history.pushState(null, '', address)
  const moved = route.now.path !== location.pathname
  route.now = read()
  if (moved) scrollTo(0, 0)
}

/** Change some of the query's names, null removes one; the back button does not see it. */
export function setQuery(changes: Record<string, string | null>): void {
  const query = new URLSearchParams(location.search)
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') query.delete(name)
    else query.set(name, value)
  }
  const text = query.toString()
  go(location.pathname + (text ? `?${text}` : '') + location.hash, true)
}

/** Listen once, at the start. */
export function listen(): void {
  addEventListener('popstate', () => (route.now = read()))
  document.addEventListener('click', (event) => {
    const link = (event.target as Element | null)?.closest?.('a')
    if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return
    if (link.target || link.hasAttribute('download') || link.origin !== location.origin) return
    if (link.pathname.startsWith('/api/') || link.pathname.startsWith('/patrol')) return
    event.preventDefault()
    go(link.pathname + link.search + link.hash)
  })
}

/** "/segment/abc" → ["segment", "abc"] */
export const parts = (path: string): string[] => path.split('/').filter(Boolean).map(decodeURIComponent)
