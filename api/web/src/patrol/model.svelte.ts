/** The state of the page and what its buttons do. */

import { cameraAllowed, openCamera, watchPictures } from './camera'
// within the page's own script: a worker's file of its own would not come through the service worker of /patrol
import CaptureWorker from './capture.worker?worker&inline'
import { type Drive } from './drive'
import { Level, type Attitude } from './mount'
import { claim } from './pairing'
import type { Queue } from './queue'
import { Recorder } from './recorder'
import { askForSync, exclusively, holdLock, keptPairing, RECORDING_LOCK } from './sender'
import { Sending } from './sending.svelte'
import { allowMotion, Awake, type Battery, clockOffsetS, watchBattery, watchFixes, watchMotion } from './sensors'
import { DEFAULTS, type Pairing, readSettings, type Settings } from './settings'
import type { Quality } from './sharpness'
import type { Fix } from './spacing'
import { keepAlive, roomOf, type Room } from './storage'

const SEND_EVERY_MS = 10_000
const LOOK_EVERY_MS = 15_000
/** With less room (bytes) the crew is told; with less still nothing more is recorded. */
export const ROOM_WORD = 500e6
const ROOM_END = 150e6
/** Of the newest frames, how many unfit ones call for a word. */
const RECENT = 20

export type Tab = 'record' | 'send' | 'settings'

/** A drive with its files counted. */
export interface DriveLine {
  readonly drive: Drive
  readonly files: number
  readonly stored: number
}

export class Model {
  tab: Tab = $state('record')
  settings: Settings = $state.raw(DEFAULTS)
  pairing: Pairing | null = $state.raw(null)
  drives: DriveLine[] = $state.raw([])
  room: Room | null = $state.raw(null)
  battery: Battery | null = $state.raw(null)
  stream: MediaStream | null = $state.raw(null)
  fix: Fix | null = $state.raw(null)
  attitude: Attitude | null = $state.raw(null)
  recording: Drive | null = $state.raw(null)
  busy = $state(false)
  now = $state(Date.now())
  speed = $state(0)
  missed = $state(0)
  /** Samples a second of the motion sensors. */
  motionHz = $state(0)
  recent: Quality[] = $state.raw([])
  lastPicture: string | null = $state(null)
  gpsTrouble: string | null = $state(null)
  trouble: string | null = $state(null)
  /** What became of what was cut off. */
  notice: string | null = $state(null)
  clockS: number | null = $state(null)
  awake = $state(false)
  online = $state(navigator.onLine)

  readonly upload: Sending

  private recorder: Recorder | null = null
  private release: (() => void) | null = null
  private readonly level = new Level()
  private readonly lock = new Awake()
  private readonly fixes: Fix[] = []
  private motions: number[] = []
  private stopPictures: (() => void) | null = null
  private hiddenAt: number | null = null
  private worker: Worker

  constructor(
    private readonly queue: Queue,
    readonly app: string,
  ) {
    this.upload = new Sending(queue, this)
    this.worker = new CaptureWorker()
    this.worker.onerror = () => (this.trouble = '画像を保存する仕組みが動きません。ページを読み込み直してください')
  }

  /** Read what is kept, close what was cut off, begin to send. */
  async open(): Promise<void> {
    this.settings = readSettings(await this.queue.choice('settings'))
    this.pairing = await keptPairing(this.queue)
    const cut = await exclusively(RECORDING_LOCK, () => this.queue.finishCutOff(this.app))
    if (cut) this.notice = `途中で切れた記録が${cut}件ありました。閉じて、送信の列に入れました`
    await this.look()
    void watchBattery((battery) => (this.battery = battery))
    setInterval(() => this.tick(), 250)
    setInterval(() => void this.look(), LOOK_EVERY_MS)
    setInterval(() => void this.upload.send(false), SEND_EVERY_MS)
    for (const name of ['online', 'offline']) addEventListener(name, () => this.netChanged())
    document.addEventListener('visibilitychange', () => this.seen())
    void this.upload.send(false)
    if (await cameraAllowed()) await this.prepare()
  }

  async choose(change: Partial<Settings>): Promise<void> {
    this.settings = readSettings({ ...this.settings, ...change })
    await this.queue.choose('settings', { ...this.settings })
    if (change.width !== undefined && this.stream !== null && this.recording === null) {
      this.closeCamera()
      await this.prepare()
    }
    void this.upload.send(false)
  }

  /** Open camera, GPS and motion sensors; from a tap, for phones want one. */
  async prepare(): Promise<void> {
    if (this.stream !== null) return
    this.trouble = null
    try {
      await allowMotion()
      this.stream = await openCamera(this.settings.width)
      this.stream.getVideoTracks()[0]!.addEventListener('ended', () => this.cameraLost())
      this.startSensors()
    } catch (error) {
      this.trouble = error instanceof Error ? error.message : String(error)
    }
  }

  /** The preview is there: its pictures are offered to the recording. */
  watch(video: HTMLVideoElement): () => void {
    this.stopPictures?.()
    this.stopPictures = watchPictures(video, (atMs) => {
      if (this.recorder !== null && video.videoWidth > 0) void this.recorder.offer(atMs, video)
    })
    return this.stopPictures
  }

  async start(): Promise<void> {
    const picture = this.stream?.getVideoTracks()[0]?.getSettings()
    if (this.busy || this.recorder !== null || picture === undefined) return
    this.busy = true
    this.trouble = this.notice = null
    try {
      await allowMotion() // an iPhone grants it only from a tap
      await keepAlive()
      this.release = await holdLock()
      if (this.release === null) throw new Error('ほかの画面で記録中です。そちらを閉じてください')
      const settings = { ...this.settings }
      const recorder = new Recorder(this.queue, this.worker, settings, this.app, {
        onFrame: (drive, quality, data) => this.onFrame(drive, quality, data),
        onTrouble: (words, fatal) => {
          this.trouble = words
          if (fatal) void this.stop()
        },
      })
      await recorder.begin([picture.width ?? 0, picture.height ?? 0], this.fix)
      this.recorder = recorder
      this.recording = recorder.drive
      this.recent = []
      await this.lock.hold(true)
    } catch (error) {
      this.release?.()
      this.trouble = error instanceof Error ? error.message : String(error)
    }
    this.busy = false
  }

  async stop(): Promise<void> {
    const { recorder } = this
    if (recorder === null || this.busy) return
    this.busy = true
    const drive = await recorder.end().catch((error: unknown) => {
      this.trouble = `記録を閉じられません(${String(error)})。次に開いたとき閉じ直します`
      return undefined
    })
    this.recorder = null
    this.recording = null
    this.release?.()
    if (drive === null) this.trouble = '1枚も撮影しなかったため、この記録は消しました'
    await this.lock.hold(false)
    this.busy = false
    await this.look()
    await askForSync()
    void this.upload.send(false)
  }

  async pair(code: string): Promise<void> {
    this.pairing = await claim(code)
    this.upload.rejected = false
    await this.queue.choose('pairing', { ...this.pairing })
    void this.upload.send(false)
  }

  /** Forget the key; what was not sent stays here. */
  async unpair(): Promise<void> {
    await this.queue.choose('pairing', undefined)
    this.pairing = null
  }

  async forget(id: string): Promise<void> {
    await this.queue.remove(id)
    await this.look()
  }

  /** Count drives and room anew. */
  async look(): Promise<void> {
    const drives = await this.queue.drives()
    this.drives = await Promise.all(drives.map(async (drive) => ({ drive, ...(await this.queue.counts(drive.id)) })))
    this.room = await roomOf()
    if (this.recorder !== null && this.room !== null && this.room.free < ROOM_END) {
      this.trouble = '端末の空き容量がなくなるため、記録を止めました。Wi-Fiで送ってください'
      void this.stop()
    }
  }

  private startSensors(): void {
    watchFixes(
      (fix) => {
        this.fix = fix
        this.gpsTrouble = null
        this.fixes.push(fix)
        if (this.fixes.length > 30) this.fixes.shift()
        this.clockS = clockOffsetS(this.fixes)
        this.recorder?.addFix(fix)
      },
      (words) => (this.gpsTrouble = words),
    )
    watchMotion((motion) => {
      this.motions.push(motion.atMs)
      this.level.add(motion.force, motion.atMs)
      this.recorder?.addMotion(motion)
    })
  }

  private onFrame(drive: Drive, quality: Quality, data: ArrayBuffer): void {
    this.recording = drive
    this.recent = [...this.recent.slice(1 - RECENT), quality]
    if (drive.frames % 5 !== 1) return // a small check now and then is enough
    if (this.lastPicture) URL.revokeObjectURL(this.lastPicture)
    this.lastPicture = URL.createObjectURL(new Blob([data], { type: 'image/jpeg' }))
  }

  private tick(): void {
    this.now = Date.now()
    this.attitude = this.level.now(screen.orientation?.angle ?? 0)
    this.speed = this.recorder?.speedAt(this.now) ?? this.fix?.speedMps ?? 0
    this.missed = this.recorder?.missed ?? 0
    this.motions = this.motions.filter((atMs) => this.now - atMs < 2000)
    this.motionHz = this.motions.length / 2
    this.awake = this.lock.held
  }

  private netChanged(): void {
    this.online = navigator.onLine
    void this.upload.send(false)
  }

  private seen(): void {
    if (document.visibilityState === 'hidden') this.hiddenAt = Date.now()
    else if (this.recorder !== null && this.hiddenAt !== null) {
      const seconds = Math.round((Date.now() - this.hiddenAt) / 1000)
      this.trouble = `画面が隠れていた${seconds}秒間は撮影できていません。記録中はこの画面を開いたままにしてください`
    }
  }

  private cameraLost(): void {
    this.closeCamera()
    this.trouble = 'カメラが止まりました。「準備する」を押してください'
    if (this.recorder !== null) void this.stop()
  }

  private closeCamera(): void {
    this.stopPictures?.()
    this.stream?.getTracks().forEach((track) => track.stop())
    this.stream = null
  }
}
