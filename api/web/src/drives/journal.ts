/** What is being sent, kept over reloads: names, sizes, digests, receipts, and where the browser has them, handles. */

import { type DBSchema, type IDBPDatabase, openDB } from 'idb'

export type State = 'sending' | 'paused' | 'failed' | 'done'

export interface Upload {
  readonly id: string
  readonly name: string
  readonly vehicle: string
  /** ISO 8601. */
  readonly startedAt: string
  readonly createdAt: number
  readonly files: number
  readonly bytes: number
  state: State
  serverId: string | null
}

export interface UploadFile {
  readonly upload: string
  readonly path: string
  readonly size: number
  /** `lastModified` when it was read. */
  modified: number
  /** Hex; empty until it was read. */
  sha256: string
  /** 1: the server gave its receipt. */
  stored: 0 | 1
}

interface Schema extends DBSchema {
  uploads: { key: string; value: Upload }
  files: { key: [string, string]; value: UploadFile }
  handles: { key: string; value: FileSystemHandle[] }
}

const whole = (id: string): IDBKeyRange => IDBKeyRange.bound([id], [id, []])

export class Journal {
  constructor(private readonly db: IDBPDatabase<Schema>) {}

  async uploads(): Promise<Upload[]> {
    return (await this.db.getAll('uploads')).sort((a, b) => b.createdAt - a.createdAt)
  }

  async put(upload: Upload): Promise<void> {
    await this.db.put('uploads', upload)
  }

  async begin(upload: Upload, files: readonly UploadFile[], handles: readonly FileSystemHandle[]): Promise<void> {
    const work = this.db.transaction(['uploads', 'files', 'handles'], 'readwrite', { durability: 'strict' })
    void work.objectStore('uploads').put(upload)
    for (const each of files) void work.objectStore('files').put(each)
    if (handles.length) void work.objectStore('handles').put([...handles], upload.id)
    await work.done
  }

  async files(id: string): Promise<UploadFile[]> {
    return this.db.getAll('files', whole(id))
  }

  async putFiles(files: readonly UploadFile[]): Promise<void> {
    const work = this.db.transaction('files', 'readwrite')
    for (const each of files) void work.store.put(each)
    await work.done
  }

  async handles(id: string): Promise<FileSystemHandle[]> {
    return (await this.db.get('handles', id)) ?? []
  }

  /** The server has everything: its files' lines and handles are needed no more. */
  async finish(upload: Upload): Promise<void> {
    await this.put(upload)
    await this.forgetFiles(upload.id)
  }

  async forget(id: string): Promise<void> {
    await this.db.delete('uploads', id)
    await this.forgetFiles(id)
  }

  private async forgetFiles(id: string): Promise<void> {
    await Promise.all([this.db.delete('files', whole(id)), this.db.delete('handles', id)])
  }
}

export async function openJournal(name = 'pavement-uploads'): Promise<Journal> {
  const db = await openDB<Schema>(name, 1, {
    upgrade(made) {
      made.createObjectStore('uploads', { keyPath: 'id' })
      made.createObjectStore('files', { keyPath: ['upload', 'path'] })
      made.createObjectStore('handles')
    },
  })
  return new Journal(db)
}
