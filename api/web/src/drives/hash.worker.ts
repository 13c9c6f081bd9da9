/** SHA-256 of files of any size, away from the page. */

import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex } from '@noble/hashes/utils.js'
import { PIECE } from '../lib/upload'

addEventListener('message', async ({ data: { number, file } }: MessageEvent<{ number: number; file: File }>) => {
  try {
    const digest = sha256.create()
    for (let at = 0; at < file.size; at += PIECE) {
      digest.update(new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer()))
      postMessage({ number, bytes: Math.min(file.size, at + PIECE) })
    }
    postMessage({ number, sha256: bytesToHex(digest.digest()) })
  } catch (error) {
    postMessage({ number, error: String(error) })
  }
})
