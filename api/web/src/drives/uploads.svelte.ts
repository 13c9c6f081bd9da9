/** Everything that this browser is sending; it goes on while the person looks at other pages, and after a reload. */

import { Connection, SendError } from '../lib/upload'
import { chosenOf, mayRead } from './choosing'
import { hashFile } from './hashing'
import { Journal, openJournal, type Upload, type UploadFile } from './journal'
import { type Facts, findDrives, type LocalDrive } from './localDrive'
import { FilesNeeded, sendUpload } from './send'

const AGAIN_MS = 5000

/** An upload as it is shown. */
export interface Shown extends Upload {
  stage: 'check' | 'send'
  doneBytes: number
  doneFiles: number
  /** What a person reads of it; empty when all goes well. */
  words: string
  /** Its files must be chosen (handle: allowed) again after a reload. */
  needs: '' | 'files' | 'leave'
}

const WORDS: Record<string, string> = {
  unreachable: 'サーバーにつながりません。つながり次第、続きから送ります。',
  'not paired': 'ログインし直してください。続きから送れます。',
  'unknown drive': 'サーバーにこの走行がありません。一覧から消して、選び直してください。',
  'server full': 'サーバーの空き容量がありません。管理者に連絡してから「続ける」を押してください。',
}

class Uploads {
  list = $state<Shown[]>([])
  private journal: Journal | null = null
  private readonly contents = new Map<string, Map<string, File>>()
  private readonly running = new Set<string>()
  private opening: Promise<void> | null = null

  /** Read the journal once; what may go on by itself does. */
  open(): Promise<void> {
    return (this.opening ??= this.load())
  }

  private async load(): Promise<void> {
    this.journal = await openJournal()
    for (const each of (await this.journal.uploads()).reverse()) {
      const files = each.state === 'done' ? [] : await this.journal.files(each.id)
      const stored = files.filter((file) => file.stored)
      const handles = each.state === 'done' ? [] : await this.journal.handles(each.id)
      const doneBytes = each.state === 'done' ? each.bytes : stored.reduce((sum, file) => sum + file.size, 0)
      const needs = each.state === 'done' ? '' : handles.length ? 'leave' : 'files'
      this.list.unshift({ ...each, stage: 'send', doneBytes, doneFiles: each.state === 'done' ? each.files : stored.length, words: '', needs })
      if (each.state === 'sending' && handles.length && (await mayRead(handles, false))) void this.resume(each.id)
    }
  }

  find(id: string): Shown | undefined {
    return this.list.find((each) => each.id === id)
  }

  /** Those of the drives that are not being sent already; the others go on with the files just chosen. */
  async recognise(drives: readonly LocalDrive[], handles: readonly FileSystemHandle[] = []): Promise<LocalDrive[]> {
    await this.open()
    const fresh: LocalDrive[] = []
    for (const drive of drives) {
      const own = await this.sameAs(drive)
      if (!own) {
        fresh.push(drive)
        continue
      }
      const files = await this.journal!.files(own.id)
      const now = new Map(drive.files.map(({ path, file }) => [path, file]))
      const changed = files.filter((each) => each.modified !== now.get(each.path)!.lastModified)
      for (const each of changed) [each.modified, each.sha256] = [now.get(each.path)!.lastModified, ''] // read again; the receipt is asked for
      await this.journal!.begin(plain(own), changed, handles)
      this.contents.set(own.id, now)
      void this.resume(own.id)
    }
    return fresh
  }

  private async sameAs(drive: LocalDrive): Promise<Shown | undefined> {
    for (const each of this.list.filter((one) => one.state !== 'done' && one.files === drive.files.length && one.bytes === drive.size)) {
      const sizes = new Map((await this.journal!.files(each.id)).map((file) => [file.path, file.size]))
      if (drive.files.every(({ path, file }) => sizes.get(path) === file.size)) return each
    }
    return undefined
  }

  /** Send a drive. */
  async add(drive: LocalDrive, facts: Facts, handles: readonly FileSystemHandle[]): Promise<void> {
    await this.open()
    const id = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
    const upload: Upload = {
      id, name: drive.name, vehicle: facts.vehicle, startedAt: facts.startedAt.toISOString(), createdAt: Date.now(),
      files: drive.files.length, bytes: drive.size, state: 'sending', serverId: null,
    }
    const files = drive.files.map(({ path, file }): UploadFile => ({ upload: id, path, size: file.size, modified: file.lastModified, sha256: '', stored: 0 }))
    await this.journal!.begin(upload, files, handles)
    this.contents.set(id, new Map(drive.files.map(({ path, file }) => [path, file])))
    this.list.unshift({ ...upload, stage: 'check', doneBytes: 0, doneFiles: 0, words: '', needs: '' })
    void this.run(id)
  }

  pause(id: string): void {
    const one = this.find(id)
    if (!one) return
    one.state = 'paused'
    one.words = ''
    void this.journal?.put(plain(one))
  }

  /** Go on; asks the browser for the files where it keeps handles (needs a click then). */
  async resume(id: string, asked = false): Promise<void> {
    const one = this.find(id)
    if (!one || one.state === 'done') return
    if (!this.contents.has(id) && !(await this.reopen(one, asked))) return
    one.state = 'sending'
    one.words = one.needs = ''
    await this.journal!.put(plain(one))
    void this.run(id)
  }

  private async reopen(one: Shown, asked: boolean): Promise<boolean> {
    const handles = await this.journal!.handles(one.id)
    if (!handles.length || !(await mayRead(handles, asked))) return false
    const chosen = await chosenOf(handles).catch(() => [])
    for (const drive of findDrives(chosen).drives) {
      if ((await this.sameAs(drive))?.id === one.id) this.contents.set(one.id, new Map(drive.files.map(({ path, file }) => [path, file])))
    }
    if (!this.contents.has(one.id)) one.needs = 'files'
    return this.contents.has(one.id)
  }

  async forget(id: string): Promise<void> {
    this.pause(id)
    this.list = this.list.filter((each) => each.id !== id)
    this.contents.delete(id)
    await this.journal?.forget(id)
  }

  private async run(id: string): Promise<void> {
    if (this.running.has(id)) return
    this.running.add(id)
    let own = true
    try {
      const { locks } = navigator as { locks?: LockManager }
      if (!locks) await this.goOn(id)
      else own = await locks.request(`pavement-upload-${id}`, { ifAvailable: true }, async (lock) => (lock ? (await this.goOn(id), true) : false))
    } finally {
      this.running.delete(id)
    }
    const one = this.find(id)
    if (one?.state !== 'sending') return
    if (own) void this.run(id) // it was told to go on while it came to its end
    else one.words = '別のタブで送っています。'
  }

  private async goOn(id: string): Promise<void> {
    for (let one = this.find(id); one?.state === 'sending'; one = this.find(id)) {
      const goOn = (): boolean => this.find(id)?.state === 'sending'
      const line = { fetch: (url: string, init: RequestInit) => fetch(url, init), sleep: nap, random: Math.random, goOn }
      const told = (stage: 'check' | 'send', doneBytes: number, doneFiles: number): void => {
        Object.assign(one!, { stage, doneBytes, doneFiles, words: '' })
      }
      const file = (path: string): File | undefined => this.contents.get(id)?.get(path)
      const upload = plain(one)
      try {
        await sendUpload({ journal: this.journal!, connection: new Connection(null, line), file, hash: hashFile, goOn, told }, upload)
        Object.assign(one, { state: 'done', serverId: upload.serverId, doneBytes: one.bytes, doneFiles: one.files, words: '' })
        this.contents.delete(id)
        await this.journal!.finish(plain(one))
        return
      } catch (error) {
        one.serverId = upload.serverId
        if (await this.stumble(one, error)) return
      }
    }
  }

  /** Note what stopped it; true where it does not go on by itself. */
  private async stumble(one: Shown, error: unknown): Promise<boolean> {
    const trouble = error instanceof SendError ? error.trouble : ''
    if (trouble === 'stopped') return one.state !== 'sending'
    if (trouble === 'unreachable') {
      one.words = WORDS[trouble]!
      await nap(AGAIN_MS)
      return false
    }
    if (error instanceof FilesNeeded) {
      this.contents.delete(one.id)
      Object.assign(one, { state: 'paused', needs: 'files', words: `ファイルを読めません（${error.message}）。` })
    } else {
      const detail = error instanceof SendError ? error.detail : String(error)
      Object.assign(one, { state: 'failed', words: WORDS[trouble] ?? `サーバーが受け付けません。${detail}` })
    }
    await this.journal!.put(plain(one))
    return true
  }
}

const nap = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

function plain({ id, name, vehicle, startedAt, createdAt, files, bytes, state, serverId }: Upload): Upload {
  return { id, name, vehicle, startedAt, createdAt, files, bytes, state, serverId }
}

export const uploads = new Uploads()
