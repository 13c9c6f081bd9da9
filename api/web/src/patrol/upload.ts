/** One drive of this phone to the server: made, its files sent from where the server has them, completed. */

import { AT_ONCE, Connection, SendError, sendFile, type Trouble } from '../lib/upload'
import { isoJst } from './csv'
import type { Drive } from './drive'
import type { Queue } from './queue'

export { AT_ONCE, Connection, type Line, pause, SendError, sendFile, type Trouble } from '../lib/upload'

/** How often `complete` may name missing files before something is wrong. */
const ROUNDS = 5

/** What the crew reads of a trouble. */
export function troubleWords(error: unknown): string {
  const detail = error instanceof SendError ? error.detail : String(error)
  const trouble = error instanceof SendError ? error.trouble : 'refused'
  const words: Record<Trouble, string> = {
    unreachable: 'サーバーにつながりません。自動でやり直します',
    'not paired': 'この端末の登録が無効です。事務所で登録し直してください(データは端末に残っています)',
    'unknown drive': 'サーバーに走行の記録がないため、送り直します',
    'server full': 'サーバーの空きがありません。事務所に連絡してください(データは端末に残っています)',
    stopped: '送信を止めています',
    refused: `サーバーが受け付けません。事務所に連絡してください(データは端末に残っています)。${detail}`,
  }
  return words[trouble]
}

/** Send what the server misses of a drive; true when it has everything and has said so. */
export async function sendDrive(connection: Connection, queue: Queue, id: string, progress: () => void): Promise<boolean> {
  const begun = await queue.drive(id)
  if (begun === undefined || begun.state === 'delivered') return false
  const serverId = begun.serverId ?? (await create(connection, queue, begun))
  for (let round = 0; round < ROUNDS; round += 1) {
    await sendPending(connection, queue, id, serverId, progress)
    const now = await queue.drive(id)
    if (now?.state !== 'closed') return false // it is being recorded: the rest later
    const files = (await queue.files(id)).map(({ path, size, sha256 }) => ({ path, size, sha256 }))
    const json = { 'Content-Type': 'application/json' }
    const answer = await connection.ask('POST', `/drives/${serverId}/complete`, [202, 409], json, JSON.stringify({ files }))
    const told = (await answer.json()) as { status?: string; missing?: string[] }
    if (answer.status === 202) {
      await queue.deliver(id, told.status ?? '')
      return true
    }
    await queue.markStored(id, 0, told.missing ?? [])
  }
  throw new SendError('refused', '(the server goes on missing files that it gave receipts for)')
}

async function create(connection: Connection, queue: Queue, drive: Drive): Promise<string> {
  const { vehicle } = drive.settings
  const body = { vehicle: vehicle || '車両名なし', started_at: isoJst(drive.startedAtMs), note: drive.cutOff ? '記録が途中で切れた走行' : null }
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': drive.id }
  const answer = await connection.ask('POST', '/drives', [201], headers, JSON.stringify(body))
  const serverId = String(((await answer.json()) as { id: unknown }).id)
  await queue.update(drive.id, (each) => ({ ...each, serverId }))
  return serverId
}

async function sendPending(connection: Connection, queue: Queue, id: string, serverId: string, progress: () => void): Promise<void> {
  for (let files = await queue.pending(id, 60); files.length; files = await queue.pending(id, 60)) {
    const rest = [...files]
    let failed: unknown = null
    const worker = async (): Promise<void> => {
      for (let file = rest.shift(); file && failed === null; file = rest.shift()) {
        try {
          await sendFile(connection, queue, serverId, file)
          await queue.markStored(id, 1, [file.path])
          progress()
        } catch (error) {
          failed ??= error
        }
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, worker))
    if (failed !== null) throw failed
  }
}
