/** One upload to the server: read, made, its files sent that the server lacks, completed. */

import { AT_ONCE, type Connection, isStored, PIECE, SendError, sendFile } from '../lib/upload'
import { fingerprint } from './hashing'
import type { Journal, Upload, UploadFile } from './journal'

const ROUNDS = 5

/** What sending needs of the page. */
export interface Tools {
  readonly journal: Journal
  readonly connection: Connection
  /** The file's content as chosen; undefined where it is not at hand. */
  readonly file: (path: string) => File | undefined
  readonly hash: (file: File, progress: (bytes: number) => void) => Promise<string>
  readonly goOn: () => boolean
  /** Bytes read, then bytes that the server has. */
  readonly told: (stage: 'check' | 'send', bytes: number, files: number) => void
}

/** A file is not at hand, or cannot be read any more: it must be chosen again. */
export class FilesNeeded extends Error {}

/** Send what there is; the server's word for the drive when it has everything. */
export async function sendUpload(tools: Tools, upload: Upload): Promise<string> {
  const { journal, connection } = tools
  const files = await journal.files(upload.id)
  await check(tools, files)
  const json = { 'Content-Type': 'application/json' }
  if (upload.serverId === null) {
    const body = JSON.stringify({ vehicle: upload.vehicle, started_at: upload.startedAt, note: upload.name })
    const answer = await connection.ask('POST', '/drives', [201], { ...json, 'Idempotency-Key': fingerprint(files) }, body)
    upload.serverId = ((await answer.json()) as { id: string }).id
    await journal.put({ ...upload })
  }
  const id = upload.serverId
  const report = (await (await connection.ask('GET', `/drives/${id}`, [200])).json()) as { status: string; files: { received: number } }
  if (report.status !== 'receiving') return report.status
  const known = report.files.received > files.filter((each) => each.stored).length
  for (let round = 0; round < ROUNDS; round += 1) {
    await sendMissing(tools, id, files, known)
    const listed = files.map(({ path, size, sha256 }) => ({ path, size, sha256 }))
    const answer = await connection.ask('POST', `/drives/${id}/complete`, [202, 409], json, JSON.stringify({ files: listed }))
    const said = (await answer.json()) as { status?: string; missing?: string[] }
    if (answer.status === 202) return said.status ?? ''
    const missing = new Set(said.missing ?? [])
    if (!missing.size) throw new SendError('refused', JSON.stringify(said))
    const lost = files.filter((each) => missing.has(each.path))
    for (const each of lost) each.stored = 0
    await journal.putFiles(lost)
  }
  throw new SendError('refused', '(the server goes on missing files that it gave receipts for)')
}

/** SHA-256 of every file that has none yet. */
async function check(tools: Tools, files: UploadFile[]): Promise<void> {
  let done = 0
  let kept: UploadFile[] = []
  for (const [number, each] of files.entries()) {
    if (!each.sha256) {
      if (!tools.goOn()) throw new SendError('stopped')
      const before = done
      each.sha256 = await read(tools, each.path, (file) => tools.hash(file, (bytes) => tools.told('check', before + bytes, number)))
      kept.push(each)
      if (kept.length >= 50) {
        await tools.journal.putFiles(kept)
        kept = []
      }
    }
    done += each.size
    tools.told('check', done, number + 1)
  }
  await tools.journal.putFiles(kept)
}

async function sendMissing(tools: Tools, id: string, files: UploadFile[], known: boolean): Promise<void> {
  const rest = files.filter((each) => !each.stored)
  const under = new Map<string, number>() // bytes on their way, of files of many pieces
  let bytes = files.reduce((sum, each) => sum + (each.stored ? each.size : 0), 0)
  let count = files.length - rest.length
  const tell = (): void => tools.told('send', bytes + [...under.values()].reduce((a, b) => a + b, 0), count)
  tell()
  let failed: unknown = null
  const source = {
    piece: (file: UploadFile, number: number) => {
      under.set(file.path, number * PIECE)
      tell()
      return read(tools, file.path, (chosen) => chosen.slice(number * PIECE, (number + 1) * PIECE).arrayBuffer())
    },
  }
  const worker = async (): Promise<void> => {
    for (let file = rest.shift(); file && failed === null; file = rest.shift()) {
      try {
        if (!known || !(await isStored(tools.connection, id, file))) await sendFile(tools.connection, source, id, file)
        file.stored = 1
        await tools.journal.putFiles([file])
        under.delete(file.path)
        bytes += file.size
        count += 1
        tell()
      } catch (error) {
        failed ??= error
      }
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  if (failed !== null) throw failed
}

async function read<R>(tools: Tools, path: string, how: (file: File) => Promise<R>): Promise<R> {
  const file = tools.file(path)
  if (!file) throw new FilesNeeded(path)
  try {
    return await how(file)
  } catch {
    throw new FilesNeeded(path)
  }
}
