/** All drives to the server, oldest first; one sender at a time on a phone, be it a page or the service worker. */

import type { Drive } from './drive'
import type { Queue } from './queue'
import { type NetworkHint, type Pairing, maySend, readSettings } from './settings'
import { Connection, type Line, SendError, sendDrive, troubleWords } from './upload'

export const SENDING_LOCK = 'pavement-patrol-sending'
export const RECORDING_LOCK = 'pavement-patrol-recording'

/** What became of a round. */
export interface Round {
  /** Drives that the server has now, checked. */
  readonly delivered: number
  /** Null: all that could be sent was. */
  readonly trouble: SendError | null
}

/** What the browser tells of the network. */
export function networkHint(): NetworkHint {
  const { connection } = navigator as { connection?: { type?: string } }
  return { onLine: navigator.onLine, type: connection?.type }
}

/** The kept pairing; null where the phone has none. */
export async function keptPairing(queue: Queue): Promise<Pairing | null> {
  const kept = (await queue.choice('pairing')) as Partial<Pairing> | undefined
  return kept?.key ? { key: kept.key, device: kept.device ?? '' } : null
}

/** Whether the crew's choice allows sending now. */
export async function sendingAllowed(queue: Queue): Promise<boolean> {
  return maySend(readSettings(await queue.choice('settings')).sending, networkHint()).send
}

/** The line of this browser. */
export function browserLine(goOn: () => boolean): Line {
  return {
    fetch: (url, init) => fetch(url, init),
    sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    random: Math.random,
    goOn,
  }
}

/** Run `work` unless another tab or the service worker holds the lock: undefined then. */
export async function exclusively<T>(name: string, work: () => Promise<T>): Promise<T | undefined> {
  const { locks } = navigator as { locks?: LockManager }
  if (locks === undefined) return work()
  return locks.request(name, { ifAvailable: true }, async (lock) => (lock ? work() : undefined))
}

/** Send what there is to send. */
export async function sendAll(queue: Queue, line: Line, progress: () => void): Promise<Round> {
  const pairing = await keptPairing(queue)
  if (pairing === null) return { delivered: 0, trouble: new SendError('not paired') }
  const connection = new Connection(pairing.key, line)
  let delivered = 0
  let refused: SendError | null = null
  for (const drive of (await queue.drives()).reverse()) {
    if (drive.state === 'delivered' || (drive.state === 'recording' && drive.frames === 0)) continue
    try {
      if (await sendOne(connection, queue, drive, progress)) delivered += 1
    } catch (error) {
      const trouble = error instanceof SendError ? error : new SendError('refused', String(error))
      await queue.update(drive.id, (each) => ({ ...each, trouble: troubleWords(trouble) }))
      if (trouble.trouble !== 'refused') return { delivered, trouble }
      refused = trouble // the next drive may fare better
    }
    progress()
  }
  return { delivered, trouble: refused }
}

async function sendOne(connection: Connection, queue: Queue, drive: Drive, progress: () => void): Promise<boolean> {
  try {
    return await clean(connection, queue, drive, progress)
  } catch (error) {
    if (!(error instanceof SendError) || error.trouble !== 'unknown drive') throw error
    // made by an earlier pairing, or the server was set up anew: everything is still here, so send it as a new drive
    await queue.update(drive.id, (each) => ({ ...each, serverId: null }))
    await queue.markStored(drive.id, 0)
    return clean(connection, queue, drive, progress)
  }
}

async function clean(connection: Connection, queue: Queue, drive: Drive, progress: () => void): Promise<boolean> {
  const done = await sendDrive(connection, queue, drive.id, progress)
  if (!done && drive.trouble) await queue.update(drive.id, (each) => ({ ...each, trouble: null }))
  return done
}

/** Holds the recording lock: a function that lets it go, or null where another page has it. */
export async function holdLock(): Promise<(() => void) | null> {
  const { locks } = navigator as { locks?: LockManager }
  if (locks === undefined) return () => undefined
  return new Promise((resolve) => {
    void locks.request(RECORDING_LOCK, { ifAvailable: true }, (lock) => {
      if (lock === null) return resolve(null)
      return new Promise<void>((letGo) => resolve(letGo))
    })
  })
}

/** Background Sync where the browser has it. */
export async function askForSync(): Promise<void> {
  interface Syncing {
    sync?: { register(tag: string): Promise<void> }
  }
  const registration = await navigator.serviceWorker?.getRegistration('/patrol')
  await (registration as (ServiceWorkerRegistration & Syncing) | undefined)?.sync?.register('send').catch(() => undefined)
}
