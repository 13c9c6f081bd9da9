/** The strip on a canvas: for each direction its tracks below each other, last year's values in grey behind. */

import { gradeOf, GRADES } from '../lib/grades'
import { kp } from '../lib/kp'
import type { Direction, Maybe } from '../lib/types'
import { postStep, within, type View } from './view'

export interface StripRow {
  place: string
  segment_place?: string
  direction: Direction
  from_kp_km: number
  to_kp_km: number
  rating: Maybe<string>
  crack_pct: Maybe<number>
  rut_mm: Maybe<number>
  iri_mm_per_m: Maybe<number>
  potholes: Maybe<number>
  photos: Maybe<string>
  inspected: boolean
  flags: Maybe<string>
  locked: Maybe<unknown>
}
export type Named = 'crack_pct' | 'rut_mm' | 'iri_mm_per_m'
export interface Lane { direction: Direction; rows: StripRow[]; blocks: StripRow[]; before: StripRow[]; holes: number[] }

interface Track { key: 'rating' | Named | 'potholes' | 'photos'; label: string; height: number; most: number; limits: number[] }
export const TRACKS: Track[] = [
  { key: 'rating', label: '診断', height: 20, most: 1, limits: [] },
  { key: 'crack_pct', label: 'ひび割れ率（%）', height: 58, most: 60, limits: [20, 40] },
  { key: 'rut_mm', label: 'わだち掘れ量（mm）', height: 58, most: 50, limits: [20, 40] },
  { key: 'iri_mm_per_m', label: 'IRI（mm/m）', height: 58, most: 10, limits: [3, 8] },
  { key: 'potholes', label: 'ポットホール', height: 22, most: 1, limits: [] },
  { key: 'photos', label: '写真', height: 16, most: 1, limits: [] },
]
const GAP = 7
const HEAD = 24
const AXIS = 26
export const RIGHT = 10
const NARROW_PX = 700
/** Where the names of the tracks stand: beside them, on a phone above them. */
export const leftOf = (width: number): number => (width < NARROW_PX ? 28 : 142)
const above = (width: number): number => (width < NARROW_PX ? 15 : 0)
const laneHeight = (width: number): number => HEAD + TRACKS.reduce((all, each) => all + each.height + GAP + above(width), 0)
export const heightOf = (lanes: number, width: number): number => AXIS + lanes * laneHeight(width) + 6

const across = (width: number): number => Math.max(width - leftOf(width) - RIGHT, 1)
export const xOf = (km: number, view: View, width: number): number => leftOf(width) + ((km - view.from) / (view.to - view.from)) * across(width)
export const kmAt = (x: number, view: View, width: number): number => view.from + ((x - leftOf(width)) / across(width)) * (view.to - view.from)
export const kmOfPixel = (view: View, width: number): number => (view.to - view.from) / across(width)
/** Which lane lies at a height of the canvas. */
export const laneAt = (y: number, lanes: number, width: number): number => Math.min(Math.max(Math.floor((y - AXIS) / laneHeight(width)), 0), lanes - 1)

/** Below Ⅱ, from Ⅱ on, from Ⅲ on. */
const colourOf = (value: number, [low, high]: number[]): string => (value >= high! ? GRADES['3'] : value >= low! ? GRADES['2'] : GRADES['1']).colour

export function draw(pen: CanvasRenderingContext2D, lanes: Lane[], view: View, width: number, fonts: string): void {
  const height = heightOf(lanes.length, width)
  pen.clearRect(0, 0, width, height)
  pen.fillStyle = '#fff'
  pen.fillRect(0, 0, width, height)
  posts(pen, view, width, height, fonts)
  lanes.forEach((lane, index) => drawLane(pen, lane, view, width, AXIS + index * laneHeight(width), fonts))
}

function posts(pen: CanvasRenderingContext2D, view: View, width: number, height: number, fonts: string): void {
  const step = postStep(view, across(width))
  pen.font = `12px ${fonts}`
  pen.textAlign = 'center'
  pen.textBaseline = 'middle'
  for (let k = Math.ceil(view.from / step - 1e-6); k * step <= view.to + 1e-9; k++) {
    const x = Math.round(xOf(k * step, view, width)) + 0.5
    pen.strokeStyle = '#e3e9ec'
    line(pen, x, AXIS - 5, x, height)
    pen.fillStyle = '#17232b'
    if (x > leftOf(width) - 8 && x < width - RIGHT - 22) pen.fillText(kp(k * step), x, 10)
  }
}

function line(pen: CanvasRenderingContext2D, x1: number, y1: number, x2: number, y2: number): void {
  pen.beginPath()
  pen.moveTo(x1, y1)
  pen.lineTo(x2, y2)
  pen.stroke()
}

function drawLane(pen: CanvasRenderingContext2D, lane: Lane, view: View, width: number, top: number, fonts: string): void {
  pen.textAlign = 'left'
  pen.textBaseline = 'middle'
  pen.fillStyle = '#143a52'
  pen.font = `bold 14px ${fonts}`
  pen.fillText(lane.direction === '下り' ? '下り →' : '上り ←', above(width) ? leftOf(width) : 6, top + HEAD / 2)
  const left = leftOf(width)
  let y = top + HEAD
  for (const track of TRACKS) {
    name(pen, track, width, y, fonts)
    y += above(width)
    pen.save()
    pen.beginPath()
    pen.rect(left, y, across(width), track.height)
    pen.clip()
    if (track.key === 'rating') ratings(pen, lane, view, width, y, track.height)
    else if (track.key === 'photos') photos(pen, lane, view, width, y, track.height)
    else if (track.key === 'potholes') holes(pen, lane, view, width, y, track.height, fonts)
    else bars(pen, lane, view, width, y, track as Track & { key: Named })
    pen.restore()
    pen.strokeStyle = '#aab6bd'
    line(pen, left, y + track.height + 0.5, width - RIGHT, y + track.height + 0.5)
    pen.font = `11px ${fonts}`
    pen.fillStyle = '#54646e'
    pen.textAlign = 'right'
    for (const limit of track.limits) pen.fillText(String(limit), left - 5, y + track.height * (1 - limit / track.most))
    y += track.height + GAP
  }
}

function name(pen: CanvasRenderingContext2D, track: Track, width: number, y: number, fonts: string): void {
  pen.font = `12px ${fonts}`
  pen.textAlign = 'left'
  pen.textBaseline = 'middle'
  pen.fillStyle = '#2c3a43'
  pen.fillText(track.label, above(width) ? leftOf(width) : 6, y + (above(width) ? 7 : track.height / 2))
}

const edges = (row: StripRow, view: View, width: number): [number, number] => [xOf(row.from_kp_km, view, width), xOf(row.to_kp_km, view, width)]

function each(rows: StripRow[], view: View, width: number, doing: (row: StripRow, x1: number, x2: number) => void): void {
  const [first, end] = within(rows, view)
  for (let k = first; k < end; k++) doing(rows[k]!, ...edges(rows[k]!, view, width))
}

/** Blocks where there are some, else segments. */
const finest = (lane: Lane): StripRow[] => (lane.blocks.length ? lane.blocks : lane.rows)

function ratings(pen: CanvasRenderingContext2D, lane: Lane, view: View, width: number, y: number, height: number): void {
  each(lane.rows, view, width, (row, x1, x2) => {
    const key = gradeOf(row.rating, row.inspected)
    const wide = Math.max(x2 - x1 - (x2 - x1 > 5 ? 1 : 0), 1)
    pen.fillStyle = key === 'missing' ? '#eef1f3' : GRADES[key].colour
    if (key === 'none') pen.fillRect(x1, y + height * 0.35, wide, height * 0.3)
    else {
      const tall = { '1': 0.55, '2': 0.8, '3': 1, missing: 1, closed: 1 }[key] * height
      pen.fillRect(x1, y + height - tall, wide, tall)
    }
    if (row.locked && x2 - x1 > 3) {
      pen.fillStyle = '#17232b'
      pen.fillRect(x1, y + height - 3, wide, 3)
    }
  })
}

function bars(pen: CanvasRenderingContext2D, lane: Lane, view: View, width: number, y: number, track: Track & { key: Named }): void {
  const { key, height, most, limits } = track
  const tall = (value: number): number => Math.min(value / most, 1) * (height - 2)
  each(lane.rows, view, width, (row, x1, x2) => {
    if (row.inspected) return
    pen.fillStyle = '#eef1f3'
    pen.fillRect(x1, y, x2 - x1 + 0.5, height)
  })
  pen.fillStyle = '#d3dbdf'
  each(lane.before, view, width, (row, x1, x2) => {
    const value = row[key]
    if (value !== null) pen.fillRect(x1, y + height - tall(value), x2 - x1 + 0.3, tall(value))
  })
  pen.strokeStyle = '#dde3e6'
  for (const limit of limits) {
    const at = Math.round(y + height - tall(limit)) + 0.5
    line(pen, 0, at, width, at)
  }
  each(finest(lane), view, width, (row, x1, x2) => {
    const value = row[key]
    if (value === null) return
    const wide = x2 - x1
    const inset = wide > 4 ? Math.min(wide * 0.14, 4) : 0
    pen.fillStyle = colourOf(value, limits)
    const high = Math.max(tall(value), 1)
    pen.fillRect(x1 + inset, y + height - high, Math.max(wide - 2 * inset, 0.8), high)
    if (value > most && wide > 3) {
      pen.fillStyle = '#fff'
      pen.fillRect(x1 + inset, y + 3, wide - 2 * inset, 1.5) // more than the track can show
    }
  })
  pen.strokeStyle = '#7d8a92'
  pen.beginPath()
  let last = NaN
  each(lane.before, view, width, (row, x1, x2) => {
    const value = row[key]
    if (value === null) return void (last = NaN)
    const at = y + height - tall(value)
    if (Math.abs(x1 - last) < 1) pen.lineTo(x1, at)
    else pen.moveTo(x1, at)
    pen.lineTo(x2, at)
    last = x2
  })
  pen.stroke()
}

function holes(pen: CanvasRenderingContext2D, lane: Lane, view: View, width: number, y: number, height: number, fonts: string): void {
  const wide = lane.rows[0] ? edges(lane.rows[0], view, width) : [0, 0]
  if (wide[1]! - wide[0]! > 16) {
    pen.font = `12px ${fonts}`
    pen.textAlign = 'center'
    pen.fillStyle = '#17232b'
    each(lane.rows, view, width, (row, x1, x2) => row.potholes && pen.fillText(String(row.potholes), (x1 + x2) / 2, y + height / 2 - 3))
    pen.fillStyle = '#8a0f14'
    for (const km of lane.holes) pen.fillRect(xOf(km, view, width) - 1, y + height - 6, 2.5, 6)
  } else {
    each(lane.rows, view, width, (row, x1, x2) => {
      if (!row.potholes) return
      const tall = Math.min(row.potholes / 5, 1) * (height - 4) + 4
      pen.fillStyle = '#8a0f14'
      pen.fillRect(x1, y + height - tall, Math.max(x2 - x1, 1.5), tall)
    })
  }
}

function photos(pen: CanvasRenderingContext2D, lane: Lane, view: View, width: number, y: number, height: number): void {
  pen.fillStyle = '#0b5c8a'
  each(lane.rows, view, width, (row, x1, x2) => {
    const count = row.photos ? row.photos.split(';').filter(Boolean).length : 0
    for (let k = 0; k < count; k++) {
      const x = x1 + ((k + 0.5) / count) * (x2 - x1)
      pen.beginPath()
      pen.arc(x, y + height / 2 + 1, x2 - x1 > 6 ? 2.6 : 1.1, 0, 7)
      pen.fill()
    }
  })
}
