/** The back camera: opened, asked to look far, and its pictures with the time at which they were taken. */

export const JPEG_QUALITY = 0.87

/** The camera's stream. Raises CameraError with words for the crew. */
export async function openCamera(width: number): Promise<MediaStream> {
  const video: MediaTrackConstraints = {
    facingMode: { ideal: 'environment' },
    width: { ideal: width },
    height: { ideal: Math.round((width * 9) / 16) },
    frameRate: { ideal: 30 },
  }
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ video, audio: false })
    await lookFar(stream.getVideoTracks()[0]!)
    return stream
  } catch (error) {
    throw new CameraError(cameraWords(error))
  }
}

/** Why there is no camera, in words. */
export class CameraError extends Error {}

function cameraWords(error: unknown): string {
  const name = error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError') return 'カメラの使用が許可されていません。ブラウザーの設定でこのページにカメラを許可してください'
  if (name === 'NotFoundError') return 'カメラが見つかりません'
  if (name === 'NotReadableError') return 'カメラをほかのアプリが使っています。ほかのアプリを閉じてください'
  return `カメラを使えません(${name || String(error)})`
}

interface Hints extends MediaTrackCapabilities {
  readonly focusMode?: readonly string[]
  readonly focusDistance?: { readonly max: number }
  readonly exposureMode?: readonly string[]
  readonly whiteBalanceMode?: readonly string[]
}

/** Hints where the browser takes them: focus far away (never on the windscreen), exposure that follows the light. */
async function lookFar(track: MediaStreamTrack): Promise<void> {
  const can = (track.getCapabilities?.() ?? {}) as Hints
  const wishes: Record<string, unknown>[] = []
  if (can.focusMode?.includes('manual') && can.focusDistance) {
    wishes.push({ focusMode: 'manual', focusDistance: can.focusDistance.max })
  } else if (can.focusMode?.includes('continuous')) wishes.push({ focusMode: 'continuous' })
  if (can.exposureMode?.includes('continuous')) wishes.push({ exposureMode: 'continuous' })
  if (can.whiteBalanceMode?.includes('continuous')) wishes.push({ whiteBalanceMode: 'continuous' })
  for (const wish of wishes) {
    // each by itself: one that the phone refuses must not cost the others
    await track.applyConstraints({ advanced: [wish as MediaTrackConstraintSet] }).catch(() => undefined)
  }
}

/** Milliseconds since 1970 UTC of a moment of the page's clock. The offset is taken now: phones' clocks are put right. */
export function wallMs(pageMs: number): number {
  return Date.now() - (performance.now() - pageMs)
}

/** When a picture was taken: the camera's own time where it is told and plausible, else when it was shown. */
export function takenMs(shownMs: number, captureMs: number | undefined): number {
  const age = captureMs === undefined ? Number.NaN : performance.now() - captureMs
  return wallMs(age >= 0 && age < 1000 ? captureMs! : shownMs)
}

/** Calls `onPicture` with the time of every new picture of `video` until the returned function is called. */
export function watchPictures(video: HTMLVideoElement, onPicture: (atMs: number) => void): () => void {
  let going = true
  if ('requestVideoFrameCallback' in video) {
    const next = (shown: number, about: VideoFrameCallbackMetadata): void => {
      if (!going) return
      onPicture(takenMs(shown, about.captureTime))
      video.requestVideoFrameCallback(next)
    }
    video.requestVideoFrameCallback(next)
  } else {
    const next = (): void => {
      if (!going) return
      if ((video as HTMLVideoElement).readyState >= 2) onPicture(Date.now())
      setTimeout(next, 33)
    }
    next()
  }
  return () => {
    going = false
  }
}

/** Whether the camera opens without asking. */
export async function cameraAllowed(): Promise<boolean> {
  const asked = await navigator.permissions?.query({ name: 'camera' as PermissionName }).catch(() => null)
  return asked?.state === 'granted'
}
