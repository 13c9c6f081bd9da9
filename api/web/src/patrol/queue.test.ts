import 'fake-indexeddb/auto'
import { describe, expect, it } from 'vitest'
import { newDrive, withFrame } from './drive'
import { sha256Hex } from '../lib/digest'
import { PIECE } from '../lib/upload'
import { openQueue, type Queue } from './queue'
import { DEFAULTS } from './settings'

let number = 0
async function freshQueue(): Promise<Queue> {
  return openQueue(`test ${(number += 1)}`)
}

async function addFrames(queue: Queue, id: string, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i += 1) {
    const data = new Uint8Array([1, 2, 3, i]).buffer
    await queue.addFrame(id, `frames/${i}.jpg`, data, await sha256Hex(data), `${i}.jpg,t${i}\n`, (each) => withFrame(each, i, 4, 'good', i, 0))
  }
}

async function text(queue: Queue, id: string, path: string): Promise<string> {
  const file = (await queue.files(id)).find((each) => each.path === path)!
  const pieces = await Promise.all(Array.from({ length: file.pieces }, (_, i) => queue.piece(file, i)))
  return new Blob(pieces).text()
}

describe('the queue', () => {
  it('keeps frames, their lines and counts together', async () => {
    const queue = await freshQueue()
    await queue.begin(newDrive('a', 1, DEFAULTS, [4, 3]))
    await addFrames(queue, 'a', 0, 3)
    expect((await queue.drive('a'))!.frames).toBe(3)
    expect(await queue.counts('a')).toEqual({ files: 3, stored: 0 })
    // the same name again: nothing of it stays
    await expect(addFrames(queue, 'a', 2, 3)).rejects.toThrow()
    expect((await queue.drive('a'))!.frames).toBe(3)
    const closed = (await queue.finish('a', 'app', false))!
    expect(closed.state).toBe('closed')
    expect((await text(queue, 'a', 'frames.csv')).split('\n').slice(1)).toEqual(['0.jpg,t0', '1.jpg,t1', '2.jpg,t2', ''])
    await expect(addFrames(queue, 'a', 3, 4)).rejects.toThrow(/takes no frames/)
  })

  it('closes at the next start what was cut off, once', async () => {
    const queue = await freshQueue()
    await queue.begin(newDrive('a', 1, DEFAULTS, [4, 3]))
    await addFrames(queue, 'a', 0, 2)
    await queue.addRows('a', 'track', 'x\n')
    await queue.begin(newDrive('empty', 2, DEFAULTS, [4, 3]))
    expect(await queue.finishCutOff('app')).toBe(2)
    expect(await queue.finishCutOff('app')).toBe(0)
    expect((await queue.drives()).map((each) => [each.id, each.state, each.cutOff])).toEqual([['a', 'closed', true]])
    expect((await queue.files('a')).map((each) => each.path)).toEqual(['drive.toml', 'frames.csv', 'frames/0.jpg', 'frames/1.jpg', 'track.csv'])
    expect(await text(queue, 'a', 'track.csv')).toMatch(/^timestamp,lon,lat,accuracy_m,speed_mps,heading_deg.*\nx\n$/)
  })

  it('cuts a long table into pieces that are its bytes', async () => {
    const queue = await freshQueue()
    await queue.begin(newDrive('a', 1, DEFAULTS, [4, 3]))
    await addFrames(queue, 'a', 0, 1)
    const line = '2026-11-22T21:40:01.250+09:00,0.1000,9.8000,1.0000,,,\n'
    for (let i = 0; i < 3; i += 1) await queue.addRows('a', 'imu', line.repeat(30_000))
    await queue.finish('a', 'app', false)
    const imu = (await queue.files('a')).find((each) => each.path === 'imu.csv')!
    expect(imu.pieces).toBe(Math.ceil(imu.size / PIECE))
    expect(imu.pieces).toBeGreaterThan(1)
    const whole = await text(queue, 'a', 'imu.csv')
    expect(whole.length).toBe(imu.size)
    expect(await sha256Hex(new TextEncoder().encode(whole).buffer)).toBe(imu.sha256)
  })

  it('deletes files only when the drive is delivered, and only that drive', async () => {
    const queue = await freshQueue()
    for (const id of ['a', 'ab']) {
      await queue.begin(newDrive(id, 1, DEFAULTS, [4, 3]))
      await addFrames(queue, id, 0, 2)
    }
    await queue.remove('a')
    expect(await queue.counts('a')).toEqual({ files: 2, stored: 0 })
    await queue.finish('a', 'app', false)
    await queue.markStored('a', 1)
    await queue.deliver('a', 'queued')
    expect(await queue.counts('a')).toEqual({ files: 0, stored: 0 })
    expect(await queue.counts('ab')).toEqual({ files: 2, stored: 0 })
    expect((await queue.drive('a'))!.delivered).toBe(4)
    await queue.remove('a')
    expect(await queue.drive('a')).toBeUndefined()
  })

  it('keeps choices', async () => {
    const queue = await freshQueue()
    await queue.choose('settings', { vehicle: '車' })
    expect(await queue.choice('settings')).toEqual({ vehicle: '車' })
    await queue.choose('settings', undefined)
    expect(await queue.choice('settings')).toBeUndefined()
  })
})
