/** How the phone sits in its holder, from gravity; and where the horizon is then to be seen. */

/** Limits of pavement/mount_check.py: beyond them the office would say the same. */
export const PITCH_DEG: readonly [number, number] = [2, 32]
export const ROLL_DEG = 8
/** From here on the crew is asked to straighten it. */
export const ROLL_WORD_DEG = 3
/** Vertical angle of view that is assumed of a phone's main camera at 16:9 in landscape: 26 mm equivalent. */
export const VERTICAL_VIEW_DEG = 42

/** Degrees. Pitch: the camera looks so far below the horizon. Roll: the picture's right side is so much lower. */
export interface Attitude {
  readonly pitch: number
  readonly roll: number
}

/**
 * Attitude of the back camera from acceleration with gravity (m/s², the phone's axes: x right, y up along the long
 * side, z out of the screen) and the screen's angle (0, 90, 180, 270). Null where the force is not gravity's.
 * Both signs in use (W3C's and Apple's) are understood: the screen turns itself so that up is up.
 */
export function attitude(force: readonly [number, number, number], screenAngle: number): Attitude | null {
  const [x, y, z] = force
  const length = Math.hypot(x, y, z)
  if (!(length > 7 && length < 13)) return null
  const angle = (screenAngle * Math.PI) / 180
  let right = x * Math.cos(angle) - y * Math.sin(angle)
  let up = x * Math.sin(angle) + y * Math.cos(angle)
  let out = z
  if (up < 0) [right, up, out] = [-right, -up, -out]
  const degrees = 180 / Math.PI
  return { pitch: Math.asin(Math.max(-1, Math.min(1, out / length))) * degrees, roll: Math.atan2(-right, up) * degrees }
}

/** Gravity smoothed over about a second, so that bumps do not make the line dance. */
export class Level {
  private mean: [number, number, number] | null = null
  private lastMs = 0

  add(force: readonly [number, number, number], atMs: number): void {
    const weight = this.mean === null ? 1 : Math.min(1, Math.max(0, (atMs - this.lastMs) / 1000))
    const mean = this.mean ?? [0, 0, 0]
    this.mean = [0, 1, 2].map((i) => mean[i]! + weight * (force[i]! - mean[i]!)) as [number, number, number]
    this.lastMs = atMs
  }

  /** The attitude now; null without a sensor. */
  now(screenAngle: number): Attitude | null {
    return this.mean === null ? null : attitude(this.mean, screenAngle)
  }
}

/** A word for the crew. */
export interface Advice {
  readonly level: 'good' | 'look' | 'bad'
  readonly words: string
}

/** What is to be said of a mount. `landscape`: the picture is wider than high. */
export function advice(landscape: boolean, at: Attitude | null): Advice {
  if (!landscape) return { level: 'bad', words: 'スマートフォンを横向きに固定してください' }
  if (at === null) return { level: 'look', words: '傾きを測れません。画面の線を地平線と車線に合わせてください' }
  if (Math.abs(at.roll) > ROLL_WORD_DEG) {
    const side = at.roll > 0 ? '右' : '左'
    const level = Math.abs(at.roll) > ROLL_DEG ? 'bad' : 'look'
    return { level, words: `${side}に${Math.abs(at.roll).toFixed(0)}°下がっています。水平に直してください` }
  }
  if (at.pitch < PITCH_DEG[0]) return { level: 'bad', words: '上を向きすぎです。少し下へ向けてください' }
  if (at.pitch > PITCH_DEG[1]) return { level: 'bad', words: '下を向きすぎです。少し上へ向けてください' }
  return { level: 'good', words: '取り付け良好' }
}

/** A line over the preview, as shares of its width and height. */
export interface Line {
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
}

/** Where the horizon is in the picture (share of its height at both sides); `aspect` = width / height. */
export function horizon(at: Attitude, aspect: number): Line {
  const half = Math.tan((VERTICAL_VIEW_DEG / 2) * (Math.PI / 180))
  const middle = 0.5 - (0.5 * Math.tan((at.pitch * Math.PI) / 180)) / half
  const rise = (0.5 * aspect * Math.tan((at.roll * Math.PI) / 180)) // right side low: the horizon rises to the right
  return { x1: 0, y1: middle + rise, x2: 1, y2: middle - rise }
}

/** The lane's edges towards the vanishing point on the horizon: for a camera 1.3 m high over a lane 3.25 m wide. */
export function laneGuide(at: Attitude, aspect: number, heightM = 1.3, laneM = 3.25): readonly [Line, Line] {
  const line = horizon(at, aspect)
  const y = (line.y1 + line.y2) / 2
  const slope = laneM / 2 / heightM / aspect // share of the width aside for each share of the height down
  const down = 1 - y
  return [
    { x1: 0.5, y1: y, x2: 0.5 - slope * down, y2: 1 },
    { x1: 0.5, y1: y, x2: 0.5 + slope * down, y2: 1 },
  ]
}
