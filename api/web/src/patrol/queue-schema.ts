/** What lies in the phone's store. */

import type { DBSchema } from 'idb'
import type { Drive } from './drive'

export type Kind = 'frames' | 'track' | 'imu'

/** A file of a drive. */
export interface FileEntry {
  readonly drive: string
  readonly path: string
  readonly size: number
  /** Hex. */
  readonly sha256: string
  readonly pieces: number
  /** 1: the server gave its receipt. */
  readonly stored: 0 | 1
}

interface Row {
  readonly drive: string
  readonly kind: Kind
  readonly text: string
}

export interface Schema extends DBSchema {
  choices: { key: string; value: unknown }
  drives: { key: string; value: Drive }
  files: { key: [string, string]; value: FileEntry; indexes: { by_stored: [string, number] } }
  contents: { key: [string, string, number]; value: ArrayBuffer }
  rows: { key: number; value: Row; indexes: { by_kind: [string, string] } }
}
