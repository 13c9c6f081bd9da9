/** When the next frame is due: every so many metres along the way, or every so many seconds. Pure: time is given. */

/** A position as the phone told it. Times in ms since 1970 UTC; null = not told. */
export interface Fix {
  readonly atMs: number
  readonly receivedMs: number
  readonly lon: number
  readonly lat: number
  readonly accuracyM: number | null
  readonly speedMps: number | null
  readonly headingDeg: number | null
  readonly altitudeM: number | null
}

export type Spacing = { readonly mode: 'metres'; readonly metres: number } | { readonly mode: 'seconds'; readonly seconds: number }

/** Below this a car stands: what GPS tells then is noise. */
export const STANDING_MPS = 0.8
/** So long after the newest fix the car is believed to go on as fast as it went (a tunnel, a bridge). */
export const COAST_MS = 20_000
/** No car of ours is faster; a faster jump is a wrong fix. */
const FASTEST_MPS = 45
/** A fix less sure than this (metres) tells no distance. */
export const UNSURE_M = 50

/** Metres between two places, on the sphere (haversine). */
export function distanceM(a: { lon: number; lat: number }, b: { lon: number; lat: number }): number {
  const rad = Math.PI / 180
  const s1 = Math.sin(((b.lat - a.lat) * rad) / 2)
  const s2 = Math.sin(((b.lon - a.lon) * rad) / 2)
  const h = s1 * s1 + Math.cos(a.lat * rad) * Math.cos(b.lat * rad) * s2 * s2
  return 2 * 6_371_008.8 * Math.asin(Math.min(1, Math.sqrt(h)))
}

/** The way travelled, from fixes once a second and carried on between them by speed. Never goes back. */
export class Odometer {
  private last: Fix | null = null
  private base = 0
  private speed = 0
  private told = 0

  /** Take a fix; one that is older than the last, or too unsure, changes nothing. */
  add(fix: Fix): void {
    if (this.last !== null && fix.atMs <= this.last.atMs) return
    if (fix.accuracyM !== null && fix.accuracyM > UNSURE_M) return
    const before = this.last
    this.last = fix
    if (before === null) {
      this.speed = moving(fix.speedMps ?? 0)
      return
    }
    const seconds = (fix.atMs - before.atMs) / 1000
    const moved = distanceM(before, fix)
    if (moved / seconds > FASTEST_MPS) {
      this.base = this.told
      this.speed = moving(fix.speedMps ?? this.speed)
      return
    }
    const unsure = (fix.accuracyM ?? 0) / 4
    const doppler = before.speedMps !== null && fix.speedMps !== null ? (before.speedMps + fix.speedMps) / 2 : null
    const between = moving(doppler !== null && seconds < 3 ? doppler : moved > unsure ? moved / seconds : 0)
    this.base += between * seconds
    this.speed = moving(fix.speedMps ?? between)
  }

  /** Metres travelled by `nowMs`. */
  at(nowMs: number): number {
    if (this.last === null) return this.told
    const since = Math.min(Math.max(nowMs - this.last.receivedMs, 0), COAST_MS) / 1000 // by the clock of `nowMs`
    this.told = Math.max(this.told, this.base + this.speed * since)
    return this.told
  }

  /** Metres a second, 0 while standing or when the newest fix is too old. */
  speedAt(nowMs: number): number {
    return this.last !== null && nowMs - this.last.receivedMs < COAST_MS ? this.speed : 0
  }

  /** The newest fix that counts. */
  get fix(): Fix | null {
    return this.last
  }
}

function moving(mps: number): number {
  return mps < STANDING_MPS ? 0 : mps
}

/** Says of each picture of the camera whether it is to be kept. */
export class Pacer {
  private readonly odometer = new Odometer()
  private lastM = -Infinity
  private lastMs = -Infinity

  constructor(private readonly spacing: Spacing) {}

  /** Take a fix. */
  add(fix: Fix): void {
    this.odometer.add(fix)
  }

  /** Whether a frame is due at `nowMs`; if so the next one is counted from here. */
  due(nowMs: number): boolean {
    if (this.spacing.mode === 'seconds') {
      if (nowMs - this.lastMs < this.spacing.seconds * 1000 - 5) return false
      this.lastMs = nowMs
      return true
    }
    if (this.odometer.fix === null) return false // without any position a distance means nothing
    const metres = this.odometer.at(nowMs)
    if (metres - this.lastM < this.spacing.metres) return false
    const late = metres - this.lastM - this.spacing.metres
    // keep the beat: a frame a little late does not make the next one late too
    this.lastM = late < this.spacing.metres ? metres - late : metres
    return true
  }

  /** Metres travelled since the beginning. */
  metresAt(nowMs: number): number {
    return this.odometer.at(nowMs)
  }

  /** Metres a second. */
  speedAt(nowMs: number): number {
    return this.odometer.speedAt(nowMs)
  }

  /** The newest fix that counts. */
  get fix(): Fix | null {
    return this.odometer.fix
  }
}
