import 'fake-indexeddb/auto'
import { describe, expect, it } from 'vitest'
import { newDrive, withFrame } from './drive'
import { FakeServer } from './fake-server'
import { digestHeader, sha256Hex } from '../lib/digest'
import { openQueue, type Queue } from './queue'
import { sendAll } from './sender'
import { DEFAULTS } from './settings'
import { type Line, pause, SendError, troubleWords } from './upload'

let number = 0

/** A phone with a closed drive of so many frames, and a motion table of more than one piece. */
async function phone(frames = 4, close = true): Promise<Queue> {
  const queue = await openQueue(`upload ${(number += 1)}`)
  await queue.choose('pairing', { key: 'k', device: '1号' })
  await queue.begin(newDrive('a', Date.UTC(2026, 10, 22), { ...DEFAULTS, vehicle: '巡回車' }, [4, 3]))
  for (let i = 0; i < frames; i += 1) {
    const data = crypto.getRandomValues(new Uint8Array(50)).buffer
    await queue.addFrame('a', `frames/${i}.jpg`, data, await sha256Hex(data), `${i}.jpg,t\n`, (each) => withFrame(each, i, 50, 'good', i, 0))
  }
  await queue.addRows('a', 'imu', 'x'.repeat(90_000) + '\n')
  if (close) await queue.finish('a', 'app', false)
  return queue
}

function line(server: FakeServer, more: Partial<Line> = {}): Line {
  return { fetch: server.fetch, sleep: async () => undefined, random: () => 0.5, goOn: () => true, ...more }
}

async function digests(queue: Queue): Promise<Record<string, string>> {
  return Object.fromEntries((await queue.files('a')).map((file) => [file.path, file.sha256]))
}

function stored(server: FakeServer, id = 'drive0'): Record<string, string> {
  return Object.fromEntries([...server.drives.get(id)!.files].filter(([, part]) => part.stored).map(([path, part]) => [path, part.sha256]))
}

describe('sending', () => {
  it('brings everything, then deletes it here', async () => {
    const [queue, server] = [await phone(), new FakeServer()]
    const sent = await digests(queue)
    const round = await sendAll(queue, line(server), () => undefined)
    expect(round).toEqual({ delivered: 1, trouble: null })
    expect(stored(server)).toEqual(sent)
    expect(await queue.files('a')).toEqual([])
    expect(await queue.drive('a')).toMatchObject({ state: 'delivered', serverStatus: 'queued', delivered: 7 })
  })

  it('brings everything once although requests and answers are lost', async () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const [queue, server] = [await phone(), new FakeServer()]
      const sent = await digests(queue)
      let state = seed
      const chance = (): number => (state = (state * 48271) % 2147483647) / 2147483647
      server.trouble = () => {
        if (chance() < 0.25) throw new TypeError('network')
      }
      for (let i = 0; i < 50 && (await queue.drive('a'))!.state !== 'delivered'; i += 1) {
        await sendAll(queue, line(server), () => undefined)
      }
      expect(stored(server)).toEqual(sent)
      expect(server.drives.size).toBe(1)
      expect((await queue.drive('a'))!.state).toBe('delivered')
    }
  })

  it('goes on in the middle of a file', async () => {
    const [queue, server] = [await phone(0, false), new FakeServer()]
    const data = new Uint8Array(8).buffer
    await queue.addFrame('a', 'frames/0.jpg', data, await sha256Hex(data), '\n', (each) => withFrame(each, 0, 8, 'good', 0, 0))
    for (let i = 0; i < 6; i += 1) await queue.addRows('a', 'imu', 'y'.repeat(1_000_000) + '\n')
    await queue.finish('a', 'app', false)
    const sent = await digests(queue)
    let cut = true
    server.trouble = (moment, method, url) => {
      if (cut && moment === 'after' && method === 'PUT' && url.endsWith('imu.csv')) throw new TypeError('network') // it came, the answer did not
    }
    expect((await sendAll(queue, line(server), () => undefined)).trouble?.trouble).toBe('unreachable')
    cut = false
    expect((await sendAll(queue, line(server), () => undefined)).delivered).toBe(1)
    expect(stored(server)).toEqual(sent)
  })

  it('sends frames of a drive that goes on, and completes it only when it is closed', async () => {
    const [queue, server] = [await phone(3, false), new FakeServer()]
    expect(await sendAll(queue, line(server), () => undefined)).toEqual({ delivered: 0, trouble: null })
    expect(await queue.counts('a')).toEqual({ files: 3, stored: 3 })
    await queue.finish('a', 'app', false)
    const before = server.puts
    expect((await sendAll(queue, line(server), () => undefined)).delivered).toBe(1)
    expect(server.puts - before).toBe(3) // the tables alone
  })

  it('sends again what the server turns out to miss', async () => {
    const [queue, server] = [await phone(), new FakeServer()]
    const sent = await digests(queue)
    let once = true
    server.trouble = (moment, _method, url) => {
      if (once && moment === 'before' && url.endsWith('complete')) {
        once = false
        server.drives.get('drive0')!.files.delete('frames/1.jpg')
      }
    }
    expect((await sendAll(queue, line(server), () => undefined)).delivered).toBe(1)
    expect(stored(server)).toEqual(sent)
  })

  it('keeps everything when the key is revoked, and sends it as a new drive with the next key', async () => {
    const [queue, server] = [await phone(), new FakeServer()]
    const sent = await digests(queue)
    server.trouble = () => {
      if (server.puts === 2) server.keys.clear()
    }
    const round = await sendAll(queue, line(server), () => undefined)
    expect(round.trouble?.trouble).toBe('not paired')
    expect((await queue.drive('a'))!.trouble).toContain('登録が無効')
    expect(await digests(queue)).toEqual(sent)
    server.trouble = () => undefined
    server.keys.add('new')
    await queue.choose('pairing', { key: 'new', device: '1号' })
    expect((await sendAll(queue, line(server), () => undefined)).delivered).toBe(1)
    expect(stored(server, 'drive1')).toEqual(sent)
  })

  it('stops where it is told to', async () => {
    const [queue, server] = [await phone(), new FakeServer()]
    const round = await sendAll(queue, line(server, { goOn: () => server.puts < 2 }), () => undefined)
    expect(round.trouble?.trouble).toBe('stopped')
    expect((await queue.counts('a')).files).toBe(7)
  })

  it('does not believe a receipt of another file', async () => {
    const [queue, server] = [await phone(), new FakeServer()]
    const fetch = async (url: string, init: RequestInit): Promise<Response> => {
      const answer = await server.fetch(url, init)
      return init.method === 'PUT' ? new Response(JSON.stringify({ size: 1, sha256: 'no', stored: true }), { status: 201 }) : answer
    }
    const round = await sendAll(queue, line(server, { fetch }), () => undefined)
    expect(round.trouble?.detail).toContain('receipt')
    expect((await queue.counts('a')).files).toBe(7)
  })

  it('says it in words', () => {
    for (const trouble of ['unreachable', 'not paired', 'server full', 'refused'] as const) {
      expect(troubleWords(new SendError(trouble))).toMatch(/[ぁ-ん]/)
    }
    expect(troubleWords(new Error('x'))).toContain('x')
  })
})

describe('pauses', () => {
  it('grow, at random, up to a minute and more when the server asks', () => {
    expect(pause(0, null, () => 1)).toBe(500)
    expect(pause(3, null, () => 1)).toBe(4000)
    expect(pause(30, null, () => 1)).toBe(60_000)
    expect(pause(0, '5', () => 0)).toBe(5000)
    expect(pause(0, 'soon', () => 0)).toBe(0)
  })
})

it('writes a digest as the contract wants it', () => {
  expect(digestHeader('00'.repeat(32))).toBe('sha-256=' + 'A'.repeat(43) + '=')
})
