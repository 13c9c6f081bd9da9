/** A picture of the camera to a JPEG file, its SHA-256 and its quality, beside the page's thread. */

import { sha256Hex } from '../lib/digest'
import { measure, WIDTH, type Quality } from './sharpness'

export interface CaptureAsk {
  readonly number: number
  readonly bitmap: ImageBitmap
  readonly jpegQuality: number
}

export type Captured =
  | { readonly number: number; readonly data: ArrayBuffer; readonly sha256: string; readonly quality: Quality }
  | { readonly number: number; readonly error: string }

let large: OffscreenCanvas | null = null
let small: OffscreenCanvas | null = null

async function capture({ number, bitmap, jpegQuality }: CaptureAsk): Promise<Captured> {
  const { width, height } = bitmap
  if (large?.width !== width || large.height !== height) large = new OffscreenCanvas(width, height)
  large.getContext('2d', { alpha: false })!.drawImage(bitmap, 0, 0)
  const smallHeight = Math.round((WIDTH * height) / width)
  if (small?.height !== smallHeight) small = new OffscreenCanvas(WIDTH, smallHeight)
  const glance = small.getContext('2d', { alpha: false, willReadFrequently: true })!
  glance.imageSmoothingQuality = 'medium'
  glance.drawImage(bitmap, 0, 0, WIDTH, smallHeight)
  bitmap.close()
  const quality = measure(glance.getImageData(0, 0, WIDTH, smallHeight).data, WIDTH, smallHeight)
  const blob = await large.convertToBlob({ type: 'image/jpeg', quality: jpegQuality })
  const data = await blob.arrayBuffer()
  return { number, data, sha256: await sha256Hex(data), quality }
}

// one at a time: the canvases are shared
let turn: Promise<void> = Promise.resolve()
self.addEventListener('message', (event: MessageEvent<CaptureAsk>) => {
  turn = turn.then(async () => {
    let done: Captured
    try {
      done = await capture(event.data)
    } catch (error) {
      done = { number: event.data.number, error: String(error) }
    }
    const moved = 'data' in done ? [done.data] : []
    ;(self as unknown as Worker).postMessage(done, moved)
  })
})
