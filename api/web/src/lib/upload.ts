/** Files to the server by docs/contracts.md: asked for until it answers, sent from where it has them, each with a receipt. */

import { digestHeader } from './digest'

/** Bytes of a piece: what one request carries at most. */
export const PIECE = 4 * 1024 * 1024

/** How a client asks and waits; replaced in tests. */
export interface Line {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
  readonly sleep: (ms: number) => Promise<void>
  readonly random: () => number
  /** False: stop after the request that is on its way (the Wi-Fi is gone, the crew says no). */
  readonly goOn: () => boolean
}

/** Answers that another try may change. */
const AGAIN = new Set([408, 425, 429, 500, 502, 503, 504])
const FIRST_MS = 500
const LONGEST_MS = 60_000
/** Tries of one request; then the sender says so and begins anew later. */
const TRIES = 6
/** Files on their way at a time. */
export const AT_ONCE = 3

export type Trouble = 'unreachable' | 'not paired' | 'unknown drive' | 'server full' | 'stopped' | 'refused'

/** Why a drive does not go on now. */
export class SendError extends Error {
  constructor(
    readonly trouble: Trouble,
    readonly detail = '',
  ) {
    super(`${trouble} ${detail}`.trim())
  }
}

/** Milliseconds before the next try: random up to a doubling bound, so not all cars come at once; or as asked. */
export function pause(tries: number, retryAfter: string | null, random: () => number): number {
  const bound = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(tries, 20))
  const asked = retryAfter !== null && /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1000 : 0
  return Math.min(LONGEST_MS, asked) + random() * bound
}

/** A file as a sender has it; `sha256` in hex. */
export interface Sendable {
  readonly path: string
  readonly size: number
  readonly sha256: string
}

/** The server as this sender sees it: a phone by its key, a page by its person's session (null). */
export class Connection {
  constructor(
    private readonly key: string | null,
    private readonly line: Line,
    private readonly base = '/api/v1',
  ) {}

  /** The answer, of a status in `fine`; anything else is tried again or raises SendError. */
  async ask(method: string, path: string, fine: readonly number[], headers: Record<string, string> = {}, body?: BodyInit): Promise<Response> {
    for (let tries = 0; ; tries += 1) {
      if (!this.line.goOn()) throw new SendError('stopped')
      let asked: string | null = null
      try {
        const own: RequestInit = this.key === null ? { credentials: 'same-origin' } : { credentials: 'omit' }
        const by: Record<string, string> = this.key === null ? {} : { Authorization: `Bearer ${this.key}` }
        const init: RequestInit = { method, headers: { ...by, ...headers }, ...own, cache: 'no-store' }
        const answer = await this.line.fetch(this.base + path, body === undefined ? init : { ...init, body })
        if (fine.includes(answer.status)) return answer
        if (answer.status === 507) throw new SendError('server full')
        if (!AGAIN.has(answer.status)) throw await refusal(answer)
        asked = answer.headers.get('Retry-After')
      } catch (error) {
        if (error instanceof SendError) throw error
      }
      if (tries + 1 >= TRIES) throw new SendError('unreachable')
      await this.line.sleep(pause(tries, asked, this.line.random))
    }
  }
}

async function refusal(answer: Response): Promise<SendError> {
  if (answer.status === 401 || answer.status === 403) return new SendError('not paired')
  if (answer.status === 404) return new SendError('unknown drive')
  return new SendError('refused', `(${answer.status} ${await detailOf(answer)})`)
}

async function detailOf(answer: Response): Promise<string> {
  try {
    return String(((await answer.json()) as { detail?: unknown }).detail ?? '').slice(0, 200)
  } catch {
    return ''
  }
}

/** Send a file from where the server has it; returns when the receipt is the file's. */
export async function sendFile<F extends Sendable>(
  connection: Connection,
  source: { piece(file: F, number: number): Promise<ArrayBuffer> },
  serverId: string,
  file: F,
): Promise<void> {
  const url = `/drives/${serverId}/files/${file.path.split('/').map(encodeURIComponent).join('/')}`
  const pieces = Math.max(1, Math.ceil(file.size / PIECE))
  let start = pieces > 1 ? await heldBytes(connection, url, file) : 0
  for (let turns = 0; turns < 4 * pieces + 4; turns += 1) {
    if (start >= file.size) start = 0 // all is there: any piece brings the receipt
    const number = Math.floor(start / PIECE)
    const piece = await source.piece(file, number)
    const data = start === number * PIECE ? piece : piece.slice(start - number * PIECE)
    const headers: Record<string, string> = { Digest: digestHeader(file.sha256), 'Content-Type': 'application/octet-stream' }
    if (data.byteLength < file.size) headers['Content-Range'] = `bytes ${start}-${start + data.byteLength - 1}/${file.size}`
    const answer = await connection.ask('PUT', url, [201, 202, 409], headers, data)
    const told = (await answer.json()) as Partial<{ received: number; size: number; sha256: string; stored: boolean; detail: string }>
    if (answer.status === 201) {
      if (told.size === file.size && told.sha256 === file.sha256 && told.stored === true) return
      throw new SendError('refused', `(${file.path}: the receipt is of another file)`)
    }
    if (typeof told.received !== 'number' || (answer.status === 409 && told.received >= file.size)) {
      throw new SendError('refused', `(${file.path}: ${told.detail ?? answer.status})`)
    }
    start = told.received
  }
  throw new SendError('refused', `(${file.path}: the server asks for the same bytes again and again)`)
}

/** Whether the server has all of it; costs no body. */
export async function isStored(connection: Connection, serverId: string, file: Sendable): Promise<boolean> {
  const url = `/drives/${serverId}/files/${file.path.split('/').map(encodeURIComponent).join('/')}`
  const answer = await connection.ask('HEAD', url, [200, 404])
  return answer.status === 200 && answer.headers.get('Digest') === digestHeader(file.sha256)
}

async function heldBytes(connection: Connection, url: string, file: Sendable): Promise<number> {
  const answer = await connection.ask('HEAD', url, [200, 404])
  const held = Number(answer.headers.get('Upload-Offset') ?? 0)
  return answer.status === 200 && answer.headers.get('Upload-Length') === String(file.size) ? Math.min(held, file.size) : 0
}
