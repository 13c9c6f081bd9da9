/** A box on a photo, as shares (0 to 1) of its width and height. */

export type Box = [x: number, y: number, width: number, height: number]
export interface Point { x: number; y: number }

export const SMALLEST = 0.01
/** Where a box begins that is drawn with the keyboard: on the road, before the car. */
export const FIRST: Box = [0.4, 0.6, 0.2, 0.15]
const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high)
const tidy = (box: Box): Box => box.map((each) => Math.round(each * 1e4) / 1e4) as Box

/** Between two corners, inside the picture. */
export function boxBetween(a: Point, b: Point): Box {
  const [x1, x2] = [a.x, b.x].map((each) => clamp(each, 0, 1)).sort((p, q) => p - q) as [number, number]
  const [y1, y2] = [a.y, b.y].map((each) => clamp(each, 0, 1)).sort((p, q) => p - q) as [number, number]
  return tidy([x1, y1, x2 - x1, y2 - y1])
}

export const bigEnough = (box: Box): boolean => box[2] >= SMALLEST && box[3] >= SMALLEST

export const moveBox = ([x, y, width, height]: Box, dx: number, dy: number): Box =>
  tidy([clamp(x + dx, 0, 1 - width), clamp(y + dy, 0, 1 - height), width, height])

export const resizeBox = ([x, y, width, height]: Box, dx: number, dy: number): Box =>
  tidy([x, y, clamp(width + dx, SMALLEST, 1 - x), clamp(height + dy, SMALLEST, 1 - y)])

/** What a key does to the box: arrows move it, with Shift they change its size. */
export function keyBox(box: Box, key: string, shift: boolean, step = 0.01): Box | null {
  const by = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] }[key]
  return by ? (shift ? resizeBox : moveBox)(box, by[0]!, by[1]!) : null
}
