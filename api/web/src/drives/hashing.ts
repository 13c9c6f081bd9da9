/** SHA-256 of what is to be sent. */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { sha256Hex } from '../lib/digest'

const WHOLE = 8 * 1024 * 1024 // smaller ones are read at once

interface Told { number: number; bytes?: number; sha256?: string; error?: string }

let worker: Worker | null = null
let last = 0

/** Of a file; `progress` is told its bytes so far. Rejects where the file cannot be read (any more). */
export async function hashFile(file: File, progress: (bytes: number) => void): Promise<string> {
  if (file.size <= WHOLE && globalThis.crypto?.subtle) return sha256Hex(await file.arrayBuffer())
  worker ??= new Worker(new URL('./hash.worker.ts', import.meta.url), { type: 'module' })
  const [own, number] = [worker, ++last]
  return new Promise((resolve, reject) => {
    const listen = ({ data }: MessageEvent<Told>): void => {
      if (data.number !== number) return
      if (data.bytes !== undefined) return progress(data.bytes)
      own.removeEventListener('message', listen)
      if (data.sha256) resolve(data.sha256)
      else reject(new Error(data.error))
    }
    own.addEventListener('message', listen)
    own.postMessage({ number, file })
  })
}

/** One text for a drive's files: the same drive chosen again, by whatever browser, is no new drive on the server. */
export function fingerprint(files: readonly { path: string; size: number; sha256: string }[]): string {
  const lines = files.map(({ path, size, sha256 }) => `${path}\0${size}\0${sha256}\n`).sort()
  return bytesToHex(sha256(new TextEncoder().encode(lines.join(''))))
}
