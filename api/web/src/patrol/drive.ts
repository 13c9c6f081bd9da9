/** A drive on the phone: what it is, where it stands, and its drive.toml. */

import type { Settings } from './settings'
import type { SeenAs } from './sharpness'

/** recording → closed → delivered; nothing leads back. A drive that was cut off is closed at the next start. */
export type DriveState = 'recording' | 'closed' | 'delivered'

export interface Drive {
  readonly id: string
  readonly state: DriveState
  readonly startedAtMs: number
  /** Time of the newest frame, or of the start. */
  readonly lastMs: number
  readonly settings: Pick<Settings, 'vehicle' | 'lane' | 'cameraHeightM' | 'spacing'>
  readonly picture: readonly [number, number]
  readonly frames: number
  readonly bytes: number
  readonly metres: number
  readonly seen: Readonly<Record<SeenAs, number>>
  /** Frames that were due and could not be taken (the phone was too slow). */
  readonly missed: number
  /** It was not ended by the crew. */
  readonly cutOff: boolean
  /** Its id on the server; null until it is made there. */
  readonly serverId: string | null
  /** The server's word for it after everything was received. */
  readonly serverStatus: string | null
  /** Why it does not go on, in words; null when nothing is wrong. */
  readonly trouble: string | null
  /** Files that were safe on the server when it was delivered. */
  readonly delivered: number
}

/** A drive goes on as a new one after so many frames or so long: a smaller loss, a smaller upload, earlier results. */
export const SPLIT_FRAMES = 5000
export const SPLIT_MS = 60 * 60 * 1000

/** A drive that begins. */
export function newDrive(id: string, nowMs: number, settings: Settings, picture: readonly [number, number]): Drive {
  const { vehicle, lane, cameraHeightM, spacing } = settings
  return {
    id,
    state: 'recording',
    startedAtMs: nowMs,
    lastMs: nowMs,
    settings: { vehicle, lane, cameraHeightM, spacing },
    picture,
    frames: 0,
    bytes: 0,
    metres: 0,
    seen: { good: 0, blurred: 0, dark: 0, overexposed: 0 },
    missed: 0,
    cutOff: false,
    serverId: null,
    serverStatus: null,
    trouble: null,
    delivered: 0,
  }
}

/** The drive with one more frame. */
export function withFrame(drive: Drive, atMs: number, bytes: number, seenAs: SeenAs, metres: number, missed: number): Drive {
  const seen = { ...drive.seen, [seenAs]: drive.seen[seenAs] + 1 }
  const lastMs = Math.max(drive.lastMs, atMs)
  return { ...drive, frames: drive.frames + 1, bytes: drive.bytes + bytes, lastMs, seen, metres, missed }
}

/** Whether it is time to go on as a new drive. */
export function isLong(drive: Drive, nowMs: number): boolean {
  return drive.frames >= SPLIT_FRAMES || nowMs - drive.startedAtMs >= SPLIT_MS
}

/** A TOML basic string. */
export function tomlText(text: string): string {
  const escaped = text.replace(/["\\]/g, '\\$&').replace(/[\u0000-\u001f\u007f]/g, ' ')
  return `"${escaped}"`
}

/** drive.toml: only what is known; the analysis estimates the rest. */
export function driveToml(drive: Drive, app: string): string {
  const { vehicle, lane, cameraHeightM } = drive.settings
  const lines = [`vehicle = ${tomlText(vehicle)}`, 'timezone = "Asia/Tokyo"']
  if (lane !== null) lines.push(`lane = ${lane}`)
  lines.push(
    `# ${tomlText(app).slice(1, -1)}`,
    `# ${drive.picture[0]}x${drive.picture[1]} px, ${drive.frames} frames, ${drive.missed} missed`,
    `# good ${drive.seen.good}, blurred ${drive.seen.blurred}, dark ${drive.seen.dark}, overexposed ${drive.seen.overexposed}`,
  )
  if (drive.cutOff) lines.push('# recording was cut off')
  if (cameraHeightM !== null) lines.push('', '[camera]', `height_m = ${cameraHeightM}`)
  return lines.join('\n') + '\n'
}
