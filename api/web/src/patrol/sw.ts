/** The service worker of /patrol: the page works without network, and what is kept is sent when there is one again. */

/// <reference lib="webworker" />
import { openQueue } from './queue'
import { browserLine, exclusively, sendAll, SENDING_LOCK, sendingAllowed } from './sender'

declare const self: ServiceWorkerGlobalScope

interface SyncEvent extends ExtendableEvent {
  readonly tag: string
}

const PREFIX = 'patrol-'
const LIST = '/patrol-files.json'
const SHELL = ['/patrol', '/patrol.webmanifest', '/patrol-icon.svg', '/patrol-icon-192.png', '/patrol-icon-512.png']

/** Keep everything that the page needs, under the version that the list of files tells; all of it or nothing. */
async function refresh(): Promise<void> {
  const answer = await fetch(LIST, { cache: 'no-cache' })
  if (!answer.ok) throw new Error(`${LIST}: ${answer.status}`)
  const text = await answer.text()
  const { files } = JSON.parse(text) as { files: string[] }
  const name = PREFIX + (await versionOf(text))
  if (await caches.has(name)) return
  const making = `${name}-making`
  await caches.delete(making)
  const cache = await caches.open(making)
  await cache.addAll([...SHELL, ...files].map((url) => new Request(url, { cache: 'no-cache' })))
  const ready = await caches.open(name)
  for (const request of await cache.keys()) await ready.put(request, (await cache.match(request))!)
  for (const other of await caches.keys()) {
    if (other.startsWith(PREFIX) && other !== name) await caches.delete(other)
  }
}

async function versionOf(text: string): Promise<string> {
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)))
  return Array.from(bytes.slice(0, 8), (each) => each.toString(16).padStart(2, '0')).join('')
}

/** What is kept first, for a car is often out of reach; else the network. */
async function answer(request: Request): Promise<Response> {
  const url = new URL(request.url)
  const page = request.mode === 'navigate' && url.pathname.replace(/\/$/, '') === '/patrol'
  const kept = await caches.match(page ? '/patrol' : request, { ignoreVary: true, ignoreSearch: page })
  return kept ?? fetch(request)
}

async function sendKept(): Promise<void> {
  const queue = await openQueue()
  try {
    if (!(await sendingAllowed(queue))) return
    const round = await exclusively(SENDING_LOCK, () => sendAll(queue, browserLine(() => true), () => undefined))
    if (round?.trouble?.trouble === 'unreachable') throw round.trouble // the browser tries again later
  } finally {
    queue.close()
  }
}

self.addEventListener('install', (event) => event.waitUntil(refresh().then(() => self.skipWaiting())))
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()))
self.addEventListener('message', (event) => {
  if (event.data === 'refresh') event.waitUntil(refresh().catch(() => undefined))
})
self.addEventListener('fetch', (event) => {
  const url = new URL(event.request.url)
  const own = url.origin === self.location.origin && !url.pathname.startsWith('/api/')
  if (event.request.method === 'GET' && own) event.respondWith(answer(event.request))
})
;(self as unknown as EventTarget).addEventListener('sync', (event) => {
  if ((event as SyncEvent).tag === 'send') (event as SyncEvent).waitUntil(sendKept())
})
