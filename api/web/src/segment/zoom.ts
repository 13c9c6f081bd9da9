/** How a picture lies in its frame: scaled about the upper left corner, then shifted (pixels of the frame). */

export interface Zoom { scale: number; x: number; y: number }
export const WHOLE: Zoom = { scale: 1, x: 0, y: 0 }
export const MOST = 8

/** The picture covers its frame: nothing empty beside it. */
function held({ scale, x, y }: Zoom, width: number, height: number): Zoom {
  const clamp = (value: number, size: number): number => Math.min(0, Math.max(value, size * (1 - scale)))
  return { scale, x: clamp(x, width), y: clamp(y, height) }
}

/** Zoom by a factor about a point of the frame, which stays where it is. */
export function zoomAt(zoom: Zoom, factor: number, px: number, py: number, width: number, height: number): Zoom {
  const scale = Math.min(MOST, Math.max(1, zoom.scale * factor))
  const by = scale / zoom.scale
  return held({ scale, x: px - (px - zoom.x) * by, y: py - (py - zoom.y) * by }, width, height)
}

export const shift = (zoom: Zoom, dx: number, dy: number, width: number, height: number): Zoom =>
  held({ ...zoom, x: zoom.x + dx, y: zoom.y + dy }, width, height)
