/** The recording: pictures when they are due, each on the disk before it counts, with track and motion beside. */

import type { CaptureAsk, Captured } from './capture.worker'
import { JPEG_QUALITY } from './camera'
import { frameLine, frameName, imuLine, trackLine, type Motion } from './csv'
import { type Drive, isLong, newDrive, withFrame } from './drive'
import type { Queue } from './queue'
import type { Settings } from './settings'
import type { Quality } from './sharpness'
import { Pacer, type Fix } from './spacing'

/** Pictures on their way to the disk; with more the phone is too slow and a picture is missed. */
const AT_ONCE = 4
/** Track and motion are written so often. */
const FLUSH_MS = 1000
/** The newest fix may be so old to count for the first frames. */
const FRESH_MS = 5000
/** At the end the next fix is waited for, so that the last frames lie between two. */
const LAST_FIX_MS = 1800

/** What the recording tells. */
export interface Told {
  onFrame(drive: Drive, quality: Quality, data: ArrayBuffer): void
  /** Words for the crew; `fatal`: the recording has ended by it. */
  onTrouble(words: string, fatal: boolean): void
}

interface Waiting {
  readonly drive: string
  readonly atMs: number
  readonly fix: Fix | null
  readonly metres: number
}

export class Recorder {
  drive: Drive | null = null
  missed = 0
  private pacer: Pacer
  private ending = false
  private next = 0
  private readonly waiting = new Map<number, Waiting>()
  private rows = { track: '', imu: '' }
  private fix: Fix | null = null
  private written: Promise<unknown> = Promise.resolve()
  private readonly timer: ReturnType<typeof setInterval>

  constructor(
    private readonly queue: Queue,
    private readonly worker: Worker,
    private readonly settings: Settings,
    private readonly app: string,
    private readonly told: Told,
  ) {
    this.pacer = new Pacer(settings.spacing)
    worker.onmessage = (event: MessageEvent<Captured>) => void this.keep(event.data)
    this.timer = setInterval(() => void this.flush(), FLUSH_MS)
  }

  /** Begin; `fix`: the newest so far. */
  async begin(picture: readonly [number, number], fix: Fix | null): Promise<void> {
    const drive = newDrive(crypto.randomUUID(), Date.now(), this.settings, picture)
    await this.queue.begin(drive)
    this.drive = drive
    if (fix && Date.now() - fix.receivedMs < FRESH_MS) this.addFix(fix)
  }

  addFix(fix: Fix): void {
    if (this.drive === null) return
    this.pacer.add(fix)
    if (this.fix === null || fix.atMs > this.fix.atMs) this.rows.track += trackLine(fix)
    this.fix = fix
  }

  addMotion(motion: Motion): void {
    if (this.drive !== null) this.rows.imu += imuLine(motion)
  }

  /** A new picture of the camera; it is taken when it is due. */
  async offer(atMs: number, source: ImageBitmapSource): Promise<void> {
    if (this.drive === null || this.ending || !this.pacer.due(atMs)) return
    if (this.waiting.size >= AT_ONCE) {
      this.missed += 1
      return
    }
    const number = (this.next += 1)
    this.waiting.set(number, { drive: this.drive.id, atMs, fix: this.fix, metres: this.pacer.metresAt(atMs) })
    try {
      const bitmap = await createImageBitmap(source)
      const ask: CaptureAsk = { number, bitmap, jpegQuality: JPEG_QUALITY }
      this.worker.postMessage(ask, [bitmap])
    } catch {
      this.waiting.delete(number)
      this.missed += 1
    }
  }

  /** Metres a second, as the next frame is reckoned with. */
  speedAt(nowMs: number): number {
    return this.pacer.speedAt(nowMs)
  }

  /** End the drive; null where it had no frames. */
  async end(): Promise<Drive | null> {
    if (this.drive === null) return null
    this.ending = true
    const before = this.fix
    await until(() => this.waiting.size === 0 && (this.fix !== before || before === null), LAST_FIX_MS)
    await until(() => this.waiting.size === 0, 5000)
    clearInterval(this.timer)
    const { id } = this.drive
    await this.flush()
    this.drive = null
    return this.queue.finish(id, this.app, false)
  }

  private async keep(captured: Captured): Promise<void> {
    const about = this.waiting.get(captured.number)
    if (about === undefined) return
    if ('error' in captured) {
      this.waiting.delete(captured.number)
      this.missed += 1
      return
    }
    const { data, sha256, quality } = captured
    const { atMs, fix, metres } = about
    const path = frameName(atMs)
    const line = frameLine({ path, atMs, fix, quality })
    try {
      const drive = await this.queue.addFrame(about.drive, path, data, sha256, line, (each) =>
        withFrame(each, atMs, data.byteLength, quality.seenAs, metres, this.missed),
      )
      if (this.drive?.id === drive.id) this.drive = drive
      this.told.onFrame(drive, quality, data)
      if (this.drive?.id === drive.id && !this.ending && isLong(drive, Date.now())) await this.goOnAsNew(drive)
    } catch (error) {
      const closed = about.drive !== this.drive?.id && !(error instanceof DOMException)
      const twice = error instanceof DOMException && error.name === 'ConstraintError' // the clock was put back
      if (closed || twice) this.missed += 1
      else this.fail(error)
    } finally {
      this.waiting.delete(captured.number)
    }
  }

  /** The same recording goes on as a new drive; the old one can be sent. */
  private async goOnAsNew(old: Drive): Promise<void> {
    const { fix } = this
    await this.flush()
    const drive = newDrive(crypto.randomUUID(), Date.now(), this.settings, old.picture)
    await this.queue.begin(drive)
    this.drive = drive
    this.missed = 0
    if (fix) this.rows.track += trackLine(fix)
    await until(() => ![...this.waiting.values()].some((each) => each.drive === old.id && each.atMs !== old.lastMs), 3000)
    await this.queue.finish(old.id, this.app, false)
  }

  /** Write what has gathered of track and motion. */
  private async flush(): Promise<void> {
    const { drive } = this
    const rows = this.rows
    if (drive === null || (!rows.track && !rows.imu)) return this.written.then(() => undefined)
    this.rows = { track: '', imu: '' }
    this.written = this.written
      .then(async () => {
        if (rows.track) await this.queue.addRows(drive.id, 'track', rows.track)
        if (rows.imu) await this.queue.addRows(drive.id, 'imu', rows.imu)
      })
      .catch((error: unknown) => this.fail(error))
    await this.written
  }

  private fail(error: unknown): void {
    const full = error instanceof DOMException && error.name === 'QuotaExceededError'
    this.told.onTrouble(full ? '端末の空き容量がありません。記録を止めました' : `記録できません(${String(error)})`, true)
  }
}

async function until(done: () => boolean, mostMs: number): Promise<void> {
  const end = Date.now() + mostMs
  while (!done() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 50))
}
