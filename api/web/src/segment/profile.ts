/** The transverse profile as lines of an SVG. */

import type { Maybe } from '../lib/types'

export interface Frame { width: number; height: number; left: number; top: number; right: number; bottom: number }
export interface Scale { x: (mm: number) => number; y: (mm: number) => number; across: [number, number]; up: [number, number]; upStep: number }

/** Ticks' distance: about `count` steps of 1, 2, 5, 10 … */
export function niceStep(span: number, count: number): number {
  const raw = Math.max(span, 1e-9) / count
  const power = 10 ** Math.floor(Math.log10(raw))
  return power * ([1, 2, 5, 10].find((each) => each * power >= raw) ?? 10)
}

export function ticks(low: number, high: number, step: number): number[] {
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => (first + index) * step)
}

/** One scale for all lines that are drawn together. */
export function scaleOf(lines: { across_mm: number[]; height_mm: Maybe<number>[] }[], frame: Frame): Scale {
  const across = lines.flatMap((line) => line.across_mm)
  const heights = lines.flatMap((line) => line.height_mm).filter((each): each is number => each !== null && Number.isFinite(each))
  const edge = across.reduce((most, each) => Math.max(most, Math.abs(each)), 500)
  const low = heights.reduce((least, each) => Math.min(least, each), 0)
  const high = heights.reduce((most, each) => Math.max(most, each), 0)
  const upStep = niceStep(Math.max(high - low, 20), 4)
  const up: [number, number] = [Math.floor(low / upStep) * upStep, Math.max(Math.ceil(high / upStep), 1) * upStep]
  const wide = frame.width - frame.left - frame.right
  const tall = frame.height - frame.top - frame.bottom
  return {
    across: [-edge, edge],
    up,
    upStep,
    x: (mm) => frame.left + (wide * (mm + edge)) / (2 * edge),
    y: (mm) => frame.top + (tall * (up[1] - mm)) / (up[1] - up[0]),
  }
}

/** An SVG path; where nothing was measured the line breaks. */
export function pathOf(across: number[], heights: Maybe<number>[], scale: Scale): string {
  let open = false
  let path = ''
  across.forEach((mm, index) => {
    const height = heights[index]
    if (height === null || height === undefined || !Number.isFinite(height)) open = false
    else {
      path += `${open ? 'L' : 'M'}${scale.x(mm).toFixed(1)} ${scale.y(height).toFixed(1)}`
      open = true
    }
  })
  return path
}
