/** Position, motion, power: what the phone tells of itself, in one shape for all browsers. */

import type { Motion } from './csv'
import type { Fix } from './spacing'
import { wallMs } from './camera'

/** A fix of the browser. A time that is off by more than a day is the browser's fault (an old Safari), not the clock's. */
export function toFix({ coords, timestamp }: GeolocationPosition, nowMs: number): Fix {
  return {
    atMs: Math.abs(timestamp - nowMs) < 86_400_000 ? timestamp : nowMs,
    receivedMs: nowMs,
    lon: coords.longitude,
    lat: coords.latitude,
    accuracyM: finite(coords.accuracy),
    speedMps: finite(coords.speed),
    headingDeg: finite(coords.heading),
    altitudeM: finite(coords.altitude),
  }
}

function finite(value: number | null | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

/** Fixes until the returned function is called; `onTrouble` gets words for the crew. */
export function watchFixes(onFix: (fix: Fix) => void, onTrouble: (words: string) => void): () => void {
  if (!('geolocation' in navigator)) {
    onTrouble('この端末では位置を測れません')
    return () => undefined
  }
  const id = navigator.geolocation.watchPosition(
    (position) => onFix(toFix(position, Date.now())),
    (error) => {
      const denied = error.code === error.PERMISSION_DENIED
      onTrouble(denied ? '位置情報が許可されていません。端末とブラウザーの設定で許可してください' : 'GPSを受信できません。空の見える所で待ってください')
    },
    { enableHighAccuracy: true, maximumAge: 0, timeout: 15_000 },
  )
  return () => navigator.geolocation.clearWatch(id)
}

/** How far the phone's clock is from that of GPS: seconds, the median of the newest fixes; null with too few. */
export function clockOffsetS(fixes: readonly Fix[]): number | null {
  if (fixes.length < 5) return null
  const late = fixes.map((fix) => (fix.receivedMs - fix.atMs) / 1000).sort((a, b) => a - b)
  return late[late.length >> 1]!
}

/** Asks for the motion sensors where they must be asked for (iPhone); to be called from a tap. */
export async function allowMotion(): Promise<boolean> {
  if (typeof DeviceMotionEvent === 'undefined') return false
  const { requestPermission } = DeviceMotionEvent as { requestPermission?: () => Promise<string> }
  if (requestPermission === undefined) return true
  return requestPermission.call(DeviceMotionEvent).then((answer) => answer === 'granted', () => false)
}

/** A motion event in m/s² with gravity and rad/s; null where it holds no acceleration (a PC). */
export function toMotion(event: DeviceMotionEvent): Motion | null {
  const force = event.accelerationIncludingGravity
  if (!force || force.x === null || force.y === null || force.z === null) return null
  const turn = event.rotationRate
  const radians = Math.PI / 180
  const turns =
    turn && turn.alpha !== null && turn.beta !== null && turn.gamma !== null
      ? ([turn.alpha * radians, turn.beta * radians, turn.gamma * radians] as const) // x, y, z in browsers of today
      : null
  return { atMs: wallMs(event.timeStamp), force: [force.x, force.y, force.z], turn: turns }
}

/** Motions until the returned function is called. */
export function watchMotion(onMotion: (motion: Motion) => void): () => void {
  const listen = (event: Event): void => {
    const motion = toMotion(event as DeviceMotionEvent)
    if (motion) onMotion(motion)
  }
  addEventListener('devicemotion', listen)
  return () => removeEventListener('devicemotion', listen)
}

/** Keeps the screen on until released; taken again whenever the page is seen again. */
export class Awake {
  private lock: WakeLockSentinel | null = null
  private wanted = false

  constructor() {
    document.addEventListener('visibilitychange', () => void this.take())
  }

  async hold(wanted: boolean): Promise<void> {
    this.wanted = wanted
    if (wanted) await this.take()
    else {
      await this.lock?.release().catch(() => undefined)
      this.lock = null
    }
  }

  /** Whether the screen is kept on. */
  get held(): boolean {
    return this.lock !== null && !this.lock.released
  }

  private async take(): Promise<void> {
    if (!this.wanted || document.visibilityState !== 'visible' || this.held || !('wakeLock' in navigator)) return
    this.lock = await navigator.wakeLock.request('screen').catch(() => null)
  }
}

export interface Battery {
  readonly level: number
  readonly charging: boolean
}

/** The battery where the browser tells of it. */
export async function watchBattery(onChange: (battery: Battery) => void): Promise<void> {
  const { getBattery } = navigator as { getBattery?: () => Promise<Battery & EventTarget> }
  const battery = await getBattery?.call(navigator).catch(() => undefined)
  if (!battery) return
  const tell = (): void => onChange({ level: battery.level, charging: battery.charging })
  battery.addEventListener('levelchange', tell)
  battery.addEventListener('chargingchange', tell)
  tell()
}
