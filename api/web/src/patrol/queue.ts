/**
 * What the phone holds until the server has it: IndexedDB, flushed to disk before anything counts.
 * A frame's picture, its place in the list of files and its line of frames.csv are one transaction.
 */

import { openDB, type IDBPDatabase, type IDBPTransaction } from 'idb'
import { FRAMES_HEADER, IMU_HEADER, TRACK_HEADER } from './csv'
import { sha256Hex } from '../lib/digest'
import { PIECE } from '../lib/upload'
import { type Drive, driveToml } from './drive'
import type { FileEntry, Kind, Schema } from './queue-schema'

const HEADERS: Record<Kind, string> = { frames: FRAMES_HEADER, track: TRACK_HEADER, imu: IMU_HEADER }
type Store = 'choices' | 'drives' | 'files' | 'contents' | 'rows'
const DRIVE_STORES: Store[] = ['drives', 'files', 'contents', 'rows']
const STRICT = { durability: 'strict' } as const
/** Sorts behind every path and number in a compound key. */
const LAST: never[] = []

/** Opens the phone's store; `name` differs in tests. */
export async function openQueue(name = 'pavement-patrol'): Promise<Queue> {
  const database = await openDB<Schema>(name, 1, {
    upgrade(db) {
      db.createObjectStore('choices')
      db.createObjectStore('drives', { keyPath: 'id' })
      db.createObjectStore('files', { keyPath: ['drive', 'path'] }).createIndex('by_stored', ['drive', 'stored'])
      db.createObjectStore('contents')
      db.createObjectStore('rows', { autoIncrement: true }).createIndex('by_kind', ['drive', 'kind'])
    },
    blocking: (_current, _blocked, event) => (event.target as IDBDatabase).close(),
  })
  return new Queue(database)
}

export class Queue {
  constructor(private readonly db: IDBPDatabase<Schema>) {}

  close(): void {
    this.db.close()
  }

  /** A choice or a fact that is kept under a name. */
  async choice(name: string): Promise<unknown> {
    return this.db.get('choices', name)
  }

  /** Keep a choice; undefined forgets it. */
  async choose(name: string, value: unknown): Promise<void> {
    const change = this.db.transaction('choices', 'readwrite', STRICT)
    void (value === undefined ? change.store.delete(name) : change.store.put(value, name))
    await change.done
  }

  /** All drives, the newest first. */
  async drives(): Promise<Drive[]> {
    return (await this.db.getAll('drives')).sort((a, b) => b.startedAtMs - a.startedAtMs)
  }

  async drive(id: string): Promise<Drive | undefined> {
    return this.db.get('drives', id)
  }

  /** Change what is known of a drive; what others changed meanwhile stays. Undefined where there is no such drive. */
  async update(id: string, change: (drive: Drive) => Drive): Promise<Drive | undefined> {
    const work = this.db.transaction('drives', 'readwrite', STRICT)
    const before = await work.store.get(id)
    const after = before && change(before)
    if (after) void work.store.put(after)
    await work.done
    return after
  }

  /** A drive begins. */
  async begin(drive: Drive): Promise<void> {
    const work = this.db.transaction('drives', 'readwrite', STRICT)
    void work.store.add(drive)
    await work.done
  }

  /** A frame. When this returns it is on the disk with its line and counts. */
  async addFrame(id: string, path: string, data: ArrayBuffer, sha256: string, line: string, count: (drive: Drive) => Drive): Promise<Drive> {
    const work = this.db.transaction(DRIVE_STORES, 'readwrite', STRICT)
    const failed = work.done.catch((reason: unknown) => reason) // its requests are rejected with it: told once, below
    try {
      const drive = await work.objectStore('drives').get(id)
      if (drive?.state !== 'recording') throw new Error(`the drive ${id} takes no frames`)
      const after = count(drive)
      const entry: FileEntry = { drive: id, path, size: data.byteLength, sha256, pieces: 1, stored: 0 }
      await Promise.all([
        work.objectStore('files').add(entry),
        work.objectStore('contents').put(data, [id, path, 0]),
        work.objectStore('rows').add({ drive: id, kind: 'frames', text: line }),
        work.objectStore('drives').put(after),
      ])
      await work.done
      return after
    } catch (error) {
      abort(work)
      await failed
      throw error
    }
  }

  /** Lines of the track or of the motion sensors. */
  async addRows(id: string, kind: Kind, text: string): Promise<void> {
    const work = this.db.transaction('rows', 'readwrite', STRICT)
    void work.store.add({ drive: id, kind, text })
    await work.done
  }

  /** The drive takes no more frames; its tables become files. A drive without frames is removed: null. */
  async finish(id: string, app: string, cutOff: boolean): Promise<Drive | null> {
    const found = await this.db.get('drives', id)
    if (found === undefined) return null
    if (found.state !== 'recording') return found
    if (found.frames === 0) {
      await this.remove(id, true)
      return null
    }
    const closed: Drive = { ...found, state: 'closed', cutOff }
    const tables: [string, Blob][] = [['drive.toml', new Blob([driveToml(closed, app)])]]
    for (const kind of ['frames', 'track', 'imu'] as const) {
      const rows = await this.db.getAllFromIndex('rows', 'by_kind', [id, kind])
      if (rows.length) tables.push([`${kind}.csv`, new Blob([HEADERS[kind], ...rows.map((row) => row.text)])])
    }
    const ready = await Promise.all(tables.map(async ([path, blob]) => ({ path, data: await blob.arrayBuffer() })))
    const digests = await Promise.all(ready.map(({ data }) => sha256Hex(data)))

    const work = this.db.transaction(DRIVE_STORES, 'readwrite', STRICT)
    for (const [i, { path, data }] of ready.entries()) {
      const pieces = Math.max(1, Math.ceil(data.byteLength / PIECE))
      void work.objectStore('files').put({ drive: id, path, size: data.byteLength, sha256: digests[i]!, pieces, stored: 0 })
      for (let piece = 0; piece < pieces; piece += 1) {
        void work.objectStore('contents').put(data.slice(piece * PIECE, (piece + 1) * PIECE), [id, path, piece])
      }
    }
    await removeRows(work, id)
    const before = (await work.objectStore('drives').get(id)) ?? closed
    const after: Drive = { ...before, state: 'closed', cutOff }
    void work.objectStore('drives').put(after)
    await work.done
    return after
  }

  /** Close every drive that is still called recording: to be called when no page records. */
  async finishCutOff(app: string): Promise<number> {
    const open = (await this.drives()).filter((drive) => drive.state === 'recording')
    for (const drive of open) await this.finish(drive.id, app, true)
    return open.length
  }

  /** The files of a drive in the order of their names. */
  async files(id: string): Promise<FileEntry[]> {
    return this.db.getAll('files', whole(id))
  }

  /** Some files of a drive that the server has not given a receipt for. */
  async pending(id: string, most: number): Promise<FileEntry[]> {
    return this.db.getAllFromIndex('files', 'by_stored', [id, 0], most)
  }

  /** How many files of a drive are here, and for how many of them there are receipts. */
  async counts(id: string): Promise<{ files: number; stored: number }> {
    const [files, stored] = await Promise.all([
      this.db.count('files', whole(id)),
      this.db.countFromIndex('files', 'by_stored', [id, 1]),
    ])
    return { files, stored }
  }

  /** A piece of a file. */
  async piece(file: FileEntry, number: number): Promise<ArrayBuffer> {
    const data = await this.db.get('contents', [file.drive, file.path, number])
    if (data === undefined) throw new Error(`${file.path}: piece ${number} is not here`)
    return data
  }

  /** The server has given, or taken back, its receipts for these files (all of the drive's without `paths`). */
  async markStored(id: string, stored: 0 | 1, paths?: readonly string[]): Promise<void> {
    const work = this.db.transaction('files', 'readwrite', STRICT)
    const names = paths ?? (await work.store.getAllKeys(whole(id))).map(([, path]) => path)
    for (const path of names) {
      const entry = await work.store.get([id, path])
      if (entry) void work.store.put({ ...entry, stored })
    }
    await work.done
  }

  /** The server has checked the whole drive: its files are deleted here, its name stays. */
  async deliver(id: string, serverStatus: string): Promise<void> {
    const work = this.db.transaction(DRIVE_STORES, 'readwrite', STRICT)
    const drive = await work.objectStore('drives').get(id)
    const delivered = await work.objectStore('files').count(whole(id))
    if (drive) void work.objectStore('drives').put({ ...drive, state: 'delivered', serverStatus, trouble: null, delivered })
    await removeFiles(work, id)
    await work.done
  }

  /** Forget a drive that was delivered; `any`: whatever its state. */
  async remove(id: string, any = false): Promise<void> {
    const work = this.db.transaction(DRIVE_STORES, 'readwrite', STRICT)
    const drive = await work.objectStore('drives').get(id)
    if (drive && (any || drive.state === 'delivered')) {
      void work.objectStore('drives').delete(id)
      await removeFiles(work, id)
    }
    await work.done
  }
}

type Change = IDBPTransaction<Schema, Store[], 'readwrite'>

function whole(id: string): IDBKeyRange {
  return IDBKeyRange.bound([id], [id, LAST])
}

async function removeFiles(work: Change, id: string): Promise<void> {
  await Promise.all([
    work.objectStore('files').delete(whole(id)),
    work.objectStore('contents').delete(whole(id)),
    removeRows(work, id),
  ])
}

async function removeRows(work: Change, id: string): Promise<void> {
  const rows = work.objectStore('rows')
  const keys = await rows.index('by_kind').getAllKeys(whole(id))
  for (const key of keys) void rows.delete(key)
}

function abort(work: Change): void {
  try {
    work.abort()
  } catch {
    // it has ended already
  }
}
