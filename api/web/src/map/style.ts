/** The map's drawing rules. Both directions lie side by side: 下り left of the line towards rising kiloposts, as one
 * drives; bad lies over good, and is wider and darker, so that it is found in greyscale too. */

import type { ExpressionSpecification, FilterSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl'
import { classesOf, GRADES, type GradeKey, INDICATORS, RATINGS_OF } from '../lib/grades'
import type { BaseMap } from '../lib/types'
import { expression, type Filters } from './filters'

const SOURCE = 'network'
type Expression = ExpressionSpecification
interface Band { id: string; when: unknown; colour: string; width: number; dash: number[] | null }

const STOPS: [zoom: number, width: number, offset: number][] = [
  [6, 1.4, 0.8],
  [9, 2.0, 1.2],
  [11, 2.8, 1.9],
  [13, 4.2, 2.9],
  [15, 7.5, 5.2],
  [18, 16, 11],
]

const byZoom = (value: (width: number, offset: number) => unknown): Expression =>
  ['interpolate', ['linear'], ['zoom'], ...STOPS.flatMap(([zoom, width, offset]) => [zoom, value(width, offset)])] as unknown as Expression
const offset = byZoom((_, offset) => ['case', ['==', ['get', 'direction'], '上り'], offset, -offset])

function bandsOf(by: string): Band[] {
  const grade = (key: GradeKey, when: unknown): Band => ({ id: key, when, ...GRADES[key] })
  const rest = [
    grade('closed', ['has', 'closed']),
    grade('missing', ['all', ['!', ['get', 'inspected']], ['!', ['has', 'closed']]]),
  ]
  const indicator = INDICATORS.find((each) => each.key === by)
  if (!indicator) {
    const rated = (['1', '2', '3'] as const).map((key) => grade(key, ['in', ['get', 'rating'], ['literal', RATINGS_OF[key]]]))
    return [...rest, rated[0]!, grade('none', ['all', ['get', 'inspected'], ['!', ['has', 'rating']]]), rated[1]!, rated[2]!]
  }
  const { key, bounds, lowIsBad } = indicator
  const classes = classesOf(indicator).map((each, index): Band => {
    const low = bounds[index - 1]
    const high = bounds[index]
    const sides = [...(low === undefined ? [] : [['>=', ['get', key], low]]), ...(high === undefined ? [] : [['<', ['get', key], high]])]
    return { id: `class-${index}`, when: ['all', ['has', key], ...sides], colour: each.colour, width: each.width, dash: null }
  })
  return [...rest, grade('none', ['all', ['get', 'inspected'], ['!', ['has', key]]]), ...(lowIsBad ? classes.reverse() : classes)]
}

const ring = (colour: string) => ({
  'line-color': colour,
  'line-width': byZoom((width) => Math.max(2, width * 0.35)),
  'line-gap-width': byZoom((width) => width * 1.9 + 1),
  'line-offset': offset,
})
const isWhole = (filter: unknown): FilterSpecification => filter as FilterSpecification

/** The layers of the sections for what is coloured by and what is filtered. */
export function sectionLayers(filters: Filters): LayerSpecification[] {
  const own = expression(filters)
  const common = { type: 'line' as const, source: SOURCE, 'source-layer': 'sections' }
  const round = { 'line-cap': 'butt' as const, 'line-join': 'round' as const }
  return [
    {
      ...common,
      id: 'sections-case',
      filter: isWhole(['all', ['get', 'inspected'], own]),
      layout: round,
      paint: { 'line-color': '#ffffff', 'line-opacity': 0.85, 'line-width': byZoom((width) => width * 1.15 + 1.6), 'line-offset': offset },
    },
    ...bandsOf(filters.by).map(
      (band): LayerSpecification => ({
        ...common,
        id: `sections-${band.id}`,
        filter: isWhole(['all', band.when, own]),
        layout: round,
        paint: {
          'line-color': band.colour,
          'line-width': byZoom((width) => width * band.width),
          'line-offset': offset,
          ...(band.dash ? { 'line-dasharray': band.dash } : {}),
        },
      }),
    ),
    {
      ...common,
      id: 'sections-chosen',
      filter: ['==', ['get', 'place'], ''],
      layout: round,
      paint: ring('#111111'),
    },
    { ...common, id: 'sections-picked', filter: pickedFilter([]), layout: round, paint: ring('#c2007a') },
  ]
}

/** Segments or, near by, their blocks, of the places that were picked. */
export const pickedFilter = (places: string[]): FilterSpecification =>
  isWhole(['in', ['coalesce', ['get', 'segment_place'], ''], ['literal', places]])

const CHECK = ['in', '要確認', ['coalesce', ['get', 'flags'], '']] as unknown as Expression
const CRACKS = ['in', ['get', 'category'], ['literal', ['crack_linear', 'crack_alligator', 'patch']]]
const onRoad = (filters: Filters, names: ('road_type' | 'route_no' | 'direction' | 'office')[], ...more: unknown[]): FilterSpecification =>
  isWhole(['all', ...more, ...names.filter((name) => filters[name]).map((name) => ['==', ['get', name], filters[name]])])
const defectsOf = (filters: Filters, kind: unknown): FilterSpecification => onRoad(filters, ['road_type', 'route_no', 'direction', 'office'], kind)

/** Which layers of marks a person can turn off. */
export const MARKS: Record<string, string[]> = { defects: ['cracks', 'defects'], posts: ['posts', 'posts-label'] }
export const isHidden = (filters: Filters, layer: string): boolean => filters.hidden.some((each) => MARKS[each]?.includes(layer))

/** Potholes and posts, over the sections; cracks, of which there are many, only from quite near. */
export function markLayers(filters: Filters): LayerSpecification[] {
  const layers: LayerSpecification[] = [
    {
      id: 'cracks',
      type: 'circle',
      source: SOURCE,
      'source-layer': 'defects',
      minzoom: 17.2,
      filter: defectsOf(filters, CRACKS),
      paint: { 'circle-radius': 3, 'circle-color': '#ffffff', 'circle-stroke-color': '#17232b', 'circle-stroke-width': 1 },
    },
    {
      id: 'defects',
      type: 'circle',
      source: SOURCE,
      'source-layer': 'defects',
      minzoom: 11.5,
      filter: defectsOf(filters, ['!', CRACKS]),
      paint: {
        'circle-radius': ['interpolate', ['linear'], ['zoom'], 11, 2, 13.5, 3, 15, 6],
        'circle-color': ['match', ['get', 'category'], 'pothole', '#111111', '#ffffff'],
        'circle-stroke-color': ['match', ['get', 'category'], 'pothole', '#ffffff', '#111111'],
        'circle-stroke-width': 1.5,
      },
    },
    {
      id: 'ratings',
      type: 'symbol',
      source: SOURCE,
      'source-layer': 'sections',
      minzoom: 12.5,
      maxzoom: 14,
      filter: isWhole(['all', ['any', ['in', ['get', 'rating'], ['literal', ['Ⅱ', ...RATINGS_OF['3']]]], CHECK], expression(filters)]),
      layout: {
        'symbol-placement': 'point',
        'text-field': ['concat', ['slice', ['coalesce', ['get', 'rating'], ''], 0, 1], ['case', CHECK, '？', '']],
        'text-size': 14,
        'text-offset': [0, -1.1],
        'text-padding': 14,
        'symbol-sort-key': ['match', ['slice', ['coalesce', ['get', 'rating'], ''], 0, 1], 'Ⅲ', 0, 'Ⅱ', 1, 2],
      },
      paint: { 'text-color': ['match', ['slice', ['coalesce', ['get', 'rating'], ''], 0, 1], 'Ⅱ', '#6b4a00', 'Ⅲ', GRADES['3'].colour, GRADES.none.colour], 'text-halo-color': '#ffffff', 'text-halo-width': 1.8 },
    },
    {
      id: 'posts',
      type: 'circle',
      source: SOURCE,
      'source-layer': 'kiloposts',
      minzoom: 11.5,
      filter: onRoad(filters, ['road_type', 'route_no']),
      paint: {
        'circle-radius': ['case', ['get', 'whole'], 3.2, 2],
        'circle-color': '#ffffff',
        'circle-stroke-color': '#17232b',
        'circle-stroke-width': 1.3,
      },
    },
    {
      id: 'posts-label',
      type: 'symbol',
      source: SOURCE,
      'source-layer': 'kiloposts',
      minzoom: 11.5,
      filter: onRoad(filters, ['road_type', 'route_no']),
      layout: {
        'text-field': ['case', ['get', 'whole'], ['concat', ['get', 'route_no'], '号 ', ['to-string', ['get', 'kp_km']], 'KP'], ['to-string', ['get', 'kp_km']]],
        'text-size': ['case', ['get', 'whole'], 13, 11],
        'text-offset': [0, 1.1],
        'text-anchor': 'top',
        'symbol-sort-key': ['case', ['get', 'whole'], 0, 1],
      },
      paint: { 'text-color': '#17232b', 'text-halo-color': '#ffffff', 'text-halo-width': 1.6 },
    },
  ]
  return layers.map((each) => (isHidden(filters, each.id) ? ({ ...each, layout: { ...each.layout, visibility: 'none' } } as LayerSpecification) : each))
}

/** The whole style; without base map a plain ground. */
export function styleOf(base: BaseMap | null, tiles: string, filters: Filters): StyleSpecification {
  const ground: LayerSpecification[] = [{ id: 'ground', type: 'background', paint: { 'background-color': '#eef1ee' } }]
  if (base) ground.push({ id: 'base', type: 'raster', source: 'base', paint: { 'raster-opacity': 0.75, 'raster-saturation': -0.6 } })
  return {
    version: 8,
    sources: {
      ...(base ? { base: { type: 'raster' as const, tiles: [base.url], tileSize: 256, maxzoom: base.max_zoom, attribution: base.attribution } } : {}),
      [SOURCE]: { type: 'vector', tiles: [tiles], minzoom: 4, maxzoom: 14 },
    },
    layers: [...ground, ...sectionLayers(filters), ...markLayers(filters)],
  }
}
export const NETWORK = SOURCE
