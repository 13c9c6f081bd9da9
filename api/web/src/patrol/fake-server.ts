/** A server of docs/contracts.md in memory, for tests: it may lose answers, cut bodies and forget. */

import { createHash } from 'node:crypto'

interface Part {
  readonly size: number
  readonly sha256: string
  bytes: Uint8Array
  stored: boolean
}

export class FakeServer {
  readonly drives = new Map<string, { key: string; status: string; files: Map<string, Part> }>()
  readonly byKey = new Map<string, string>()
  /** Keys that are accepted. */
  readonly keys = new Set(['k'])
  puts = 0
  /** Called before and after each request; throwing loses the request or its answer. */
  trouble: (moment: 'before' | 'after', method: string, url: string) => void = () => undefined

  readonly fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const method = init.method ?? 'GET'
    this.trouble('before', method, url)
    const answer = await this.answer(method, decodeURIComponent(url.replace('/api/v1', '')), new Headers(init.headers), init.body)
    this.trouble('after', method, url)
    return answer
  }

  private async answer(method: string, path: string, headers: Headers, body: unknown): Promise<Response> {
    const key = headers.get('Authorization')?.replace('Bearer ', '') ?? ''
    if (!this.keys.has(key)) return json(401, { detail: 'no key' })
    if (method === 'POST' && path === '/drives') {
      const name = `${key} ${headers.get('Idempotency-Key')}`
      const id = this.byKey.get(name) ?? `drive${this.byKey.size}`
      if (!this.byKey.has(name)) this.drives.set(id, { key, status: 'receiving', files: new Map() })
      this.byKey.set(name, id)
      return json(201, { id })
    }
    const [, , id, what, ...rest] = path.split('/')
    const drive = this.drives.get(id!)
    if (drive?.key !== key) return json(404, { detail: 'no such drive' })
    if (what === 'complete') {
      const { files } = JSON.parse(String(body)) as { files: { path: string; size: number; sha256: string }[] }
      const missing = files.filter((file) => {
        const part = drive.files.get(file.path)
        return !part?.stored || part.sha256 !== file.sha256 || part.size !== file.size
      })
      if (missing.length) return json(409, { detail: 'missing', missing: missing.map((file) => file.path) })
      drive.status = 'queued'
      return json(202, { status: 'queued' })
    }
    const name = rest.join('/')
    const held = drive.files.get(name)
    if (method === 'HEAD') {
      if (!held) return new Response(null, { status: 404 })
      return new Response(null, { status: 200, headers: { 'Upload-Offset': String(held.bytes.length), 'Upload-Length': String(held.size) } })
    }
    this.puts += 1
    const data = new Uint8Array(body as ArrayBuffer)
    const range = /bytes (\d+)-(\d+)\/(\d+)/.exec(headers.get('Content-Range') ?? '')
    const start = range ? Number(range[1]) : 0
    const size = range ? Number(range[3]) : data.length
    const sha256 = Buffer.from(headers.get('Digest')!.replace('sha-256=', ''), 'base64').toString('hex')
    if (held?.stored) return json(201, { path: name, size: held.size, sha256: held.sha256, stored: true })
    const part = held?.sha256 === sha256 ? held : { size, sha256, bytes: new Uint8Array(), stored: false }
    if (start !== part.bytes.length) return json(409, { detail: 'offset', received: part.bytes.length })
    part.bytes = Buffer.concat([part.bytes, data])
    drive.files.set(name, part)
    if (part.bytes.length < size) return json(202, { path: name, received: part.bytes.length })
    if (createHash('sha256').update(part.bytes).digest('hex') !== sha256) return json(422, { detail: 'digest' })
    part.stored = true
    return json(201, { path: name, size, sha256, stored: true })
  }
}

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
}
