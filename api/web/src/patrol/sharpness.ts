/**
 * Whether a frame will do, measured as the server's own gate does (pavement/quality.py), so that what the crew is told
 * in the car is what the office will see. Light is measured in the lower half, the road; sharpness in the whole picture,
 * for a new road has no edges of its own.
 */

/** Pixels of a tile; the picture is `WIDTH` wide, as the network sees it, for the limits were set there. */
const TILE = 16
export const WIDTH = 768
/** One column in so many is looked at. */
const STEP = 4
/** Grey levels from which a tile holds an edge whose sharpness can be told. */
const EDGE = 15
/** So many such tiles are needed, else nothing in the picture is sharp. */
const EDGES = 8

/** Darker (mean grey level) and cracks drown in noise. */
export const DARK = 40
/** More of the road blown out than this share and its texture is gone. */
export const WHITE_SHARE = 0.12
/** Less of the strongest edges' height within one pixel than this: shaken or out of focus. */
export const SHARPNESS = 0.55

export type SeenAs = 'good' | 'blurred' | 'dark' | 'overexposed'

/** What was measured of a frame. */
export interface Quality {
  /** 1 = edges one pixel wide; 0 = no edge at all. */
  readonly sharpness: number
  /** Mean grey level of the lower half, 0-255. */
  readonly brightness: number
  /** Share of its pixels that are blown out. */
  readonly whiteShare: number
  readonly seenAs: SeenAs
}

/** The quality of a picture: RGBA bytes, `width` × `height`; best given `WIDTH` wide. */
export function measure(rgba: Uint8ClampedArray, width: number, height: number): Quality {
  const top = height >> 1
  let sum = 0
  let white = 0
  let looked = 0
  for (let y = top; y < height; y += STEP) {
    for (let x = 0; x < width; x += STEP) {
      const at = 4 * (y * width + x)
      const [r, g, b] = [rgba[at]!, rgba[at + 1]!, rgba[at + 2]!]
      sum += 0.299 * r + 0.587 * g + 0.114 * b
      if (r >= 245 && g >= 245 && b >= 245) white += 1
      looked += 1
    }
  }
  const brightness = looked ? sum / looked : 0
  const whiteShare = looked ? white / looked : 0
  const sharpness = edgeSharpness(rgba, width, height)
  return { sharpness, brightness, whiteShare, seenAs: judge(brightness, whiteShare, sharpness) }
}

/** What is wrong with a frame first of all, or that it is good. */
export function judge(brightness: number, whiteShare: number, sharpness: number): SeenAs {
  if (brightness < DARK) return 'dark'
  if (whiteShare > WHITE_SHARE) return 'overexposed'
  return sharpness < SHARPNESS ? 'blurred' : 'good'
}

/** How much of the strongest edges' height lies within one pixel, down the columns: the way of travel and of shaking. */
function edgeSharpness(rgba: Uint8ClampedArray, width: number, height: number): number {
  const green = (x: number, y: number): number => rgba[4 * (y * width + x) + 1]!
  const shares: number[] = []
  for (let tileY = 0; tileY + TILE <= height; tileY += TILE) {
    for (let tileX = 0; tileX + TILE <= width; tileX += TILE) {
      let fine = 0
      let coarse = 0
      for (let y = tileY; y < tileY + TILE; y += 1) {
        for (let x = tileX; x < tileX + TILE; x += STEP) {
          const here = green(x, y)
          if (y + 1 < height) fine = Math.max(fine, Math.abs(green(x, y + 1) - here))
          if (y + 4 < height) coarse = Math.max(coarse, Math.abs(green(x, y + 4) - here))
        }
      }
      if (coarse > EDGE) shares.push(fine / coarse)
    }
  }
  if (shares.length <= EDGES) return 0
  shares.sort((a, b) => a - b)
  return Math.min(1, shares[Math.min(shares.length - 1, Math.floor(0.95 * shares.length))]!)
}
