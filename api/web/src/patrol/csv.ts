/** The rows of frames.csv, track.csv, imu.csv as docs/contracts.md has them. Times in Japan's time with its offset. */

import type { Quality } from './sharpness'
import type { Fix } from './spacing'

export const FRAMES_HEADER = 'file,timestamp,lon,lat,accuracy_m,position_age_s,sharpness,brightness,seen_as\n'
export const TRACK_HEADER = 'timestamp,lon,lat,accuracy_m,speed_mps,heading_deg,altitude_m,received_at\n'
export const IMU_HEADER = 'timestamp,ax,ay,az,gx,gy,gz\n'

const JST_MS = 9 * 3600 * 1000

/** ISO 8601 in Japan's time with milliseconds: 2026-11-22T21:40:01.250+09:00. `epochMs`: since 1970 UTC. */
export function isoJst(epochMs: number): string {
  return new Date(Math.round(epochMs) + JST_MS).toISOString().replace('Z', '+09:00')
}

/** The name of a frame, from its time in Japan: frames/20261122_214001250.jpg. */
export function frameName(epochMs: number): string {
  const [day, time] = isoJst(epochMs).slice(0, 23).split('T') as [string, string]
  return `frames/${day.replaceAll('-', '')}_${time.replaceAll(/[:.]/g, '')}.jpg`
}

/** A number with so many decimals; empty where it is not known. */
export function cell(value: number | null | undefined, decimals: number): string {
  return value === null || value === undefined || !Number.isFinite(value) ? '' : value.toFixed(decimals)
}

/** A frame as it was taken. */
export interface FrameRow {
  readonly path: string
  readonly atMs: number
  /** The newest fix before the frame; null where there was none yet. */
  readonly fix: Fix | null
  readonly quality: Quality
}

/** A line of frames.csv; the position is that of the newest fix, as old as `position_age_s` says. */
export function frameLine({ path, atMs, fix, quality }: FrameRow): string {
  const place = fix
    ? [cell(fix.lon, 7), cell(fix.lat, 7), cell(fix.accuracyM, 1), cell((atMs - fix.atMs) / 1000, 2)]
    : ['', '', '', '']
  const seen = [cell(quality.sharpness, 3), cell(quality.brightness, 1), quality.seenAs]
  return [path.replace('frames/', ''), isoJst(atMs), ...place, ...seen].join(',') + '\n'
}

/** A line of track.csv. */
export function trackLine(fix: Fix): string {
  const numbers = [
    cell(fix.lon, 7),
    cell(fix.lat, 7),
    cell(fix.accuracyM, 1),
    cell(fix.speedMps, 2),
    cell(fix.headingDeg, 1),
    cell(fix.altitudeM, 1),
  ]
  return [isoJst(fix.atMs), ...numbers, isoJst(fix.receivedMs)].join(',') + '\n'
}

/** What the motion sensors said: m/s² with gravity and rad/s, along the phone's own axes. */
export interface Motion {
  readonly atMs: number
  readonly force: readonly [number, number, number]
  readonly turn: readonly [number, number, number] | null
}

/** A line of imu.csv. */
export function imuLine({ atMs, force, turn }: Motion): string {
  const turns = turn ? turn.map((each) => cell(each, 5)) : ['', '', '']
  return [isoJst(atMs), ...force.map((each) => cell(each, 4)), ...turns].join(',') + '\n'
}
