/** What a crew may choose, and what a phone knows of its server. */

import type { Spacing } from './spacing'

export type Sending = 'always' | 'wifi' | 'hand'
export type Theme = 'auto' | 'light' | 'dark'

/** Choices kept on the phone. */
export interface Settings {
  readonly vehicle: string
  readonly lane: number | null
  /** Lens over the road, metres; null = the analysis estimates it. */
  readonly cameraHeightM: number | null
  readonly spacing: Spacing
  /** Picture width asked of the camera. */
  readonly width: 1280 | 1920 | 2560
  readonly sending: Sending
  readonly theme: Theme
}

export const DEFAULTS: Settings = {
  vehicle: '',
  lane: null,
  cameraHeightM: null,
  spacing: { mode: 'metres', metres: 5 },
  width: 1920,
  sending: 'wifi',
  theme: 'auto',
}

/** The phone's place on the server. */
export interface Pairing {
  readonly key: string
  readonly device: string
}

/** Settings out of whatever was kept: what is missing or out of range gets its default. */
export function readSettings(kept: unknown): Settings {
  const given = (typeof kept === 'object' && kept !== null ? kept : {}) as Partial<Record<keyof Settings, unknown>>
  return {
    vehicle: typeof given.vehicle === 'string' ? given.vehicle.slice(0, 200) : DEFAULTS.vehicle,
    lane: inRange(given.lane, 1, 99, true),
    cameraHeightM: inRange(given.cameraHeightM, 0.3, 5),
    spacing: readSpacing(given.spacing),
    width: [1280, 1920, 2560].find((each) => each === given.width) as Settings['width'] | undefined ?? DEFAULTS.width,
    sending: given.sending === 'always' || given.sending === 'hand' ? given.sending : DEFAULTS.sending,
    theme: given.theme === 'light' || given.theme === 'dark' ? given.theme : DEFAULTS.theme,
  }
}

function readSpacing(given: unknown): Spacing {
  const { mode, metres, seconds } = (given ?? {}) as { mode?: unknown; metres?: unknown; seconds?: unknown }
  if (mode === 'seconds') {
    const every = inRange(seconds, 0.2, 60)
    return every === null ? DEFAULTS.spacing : { mode, seconds: every }
  }
  const every = inRange(metres, 1, 100)
  return every === null ? DEFAULTS.spacing : { mode: 'metres', metres: every }
}

function inRange(value: unknown, low: number, high: number, whole = false): number | null {
  if (typeof value !== 'number' || !(value >= low && value <= high)) return null
  return whole && !Number.isInteger(value) ? null : value
}

/** What the browser tells of the network; undefined = it does not tell. */
export interface NetworkHint {
  readonly onLine: boolean
  readonly type?: string | undefined
}

/** Whether to send now without being asked. */
export function maySend(sending: Sending, network: NetworkHint): { send: boolean; words: string } {
  if (!network.onLine) return { send: false, words: '圏外です。つながったら送ります' }
  if (sending === 'hand') return { send: false, words: '「いま送る」を押したときだけ送ります' }
  if (sending === 'always') return { send: true, words: '送信します' }
  if (network.type === undefined) return { send: false, words: 'Wi-Fiか分からない端末です。Wi-Fiにつないで「いま送る」を押してください' }
  if (network.type === 'wifi' || network.type === 'ethernet') return { send: true, words: '送信します' }
  return { send: false, words: 'Wi-Fiにつながったら送ります' }
}
