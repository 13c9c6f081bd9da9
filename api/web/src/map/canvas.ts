/** MapLibre, told what to draw; loaded only with the map page. */

import {
  Map as MapLibre,
  type MapGeoJSONFeature,
  NavigationControl,
  prewarm,
  ScaleControl,
  setWorkerUrl,
  type VectorTileSource,
} from 'maplibre-gl'
import 'maplibre-gl/dist/maplibre-gl.css'
import worker from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url'
import type { BaseMap, Box } from '../lib/types'
import type { Filters } from './filters'
import { isHidden, markLayers, MARKS, NETWORK, pickedFilter, sectionLayers, styleOf } from './style'

setWorkerUrl(worker)
prewarm() // the worker is read while the first answers are on their way
export type Feature = MapGeoJSONFeature
const JAPAN: Box = [129, 31, 146, 45.6]
const REACH = 8 // px around a click
const KEPT = ['sections-chosen', 'sections-picked'] // layers whose filters no filter of the panel changes
const PANEL = 380 // px of the panel on a wide screen

export interface Drawn {
  map: MapLibre
  draw(filters: Filters): void
  retile(tiles: string): void
  choose(place: string, field?: 'place' | 'segment_place'): void
  pick(places: string[]): void
  show(lon: number, lat: number, zoom: number): void
}

/** Room around what is fitted: the panel lies over the left side. */
export const beside = (container: HTMLElement) => ({ top: 24, right: 60, bottom: 24, left: container.clientWidth > 720 ? PANEL : 24 })

export function openMap(
  container: HTMLElement,
  start: { base: BaseMap | null; tiles: string; filters: Filters; box: Box | null },
  onclick: (feature: Feature | null, more: boolean) => void,
  onbox: (found: Feature[]) => void,
): Drawn {
  const map = new MapLibre({
    container,
    style: styleOf(start.base, start.tiles, start.filters),
    bounds: start.box ?? JAPAN,
    fitBoundsOptions: { padding: beside(container) },
    hash: 'map',
    minZoom: 4,
    maxZoom: 19,
    dragRotate: false,
    boxZoom: { boxZoomEnd: (_, from, to) => onbox(sectionsIn(from, to)) },
    pitchWithRotate: false,
    attributionControl: { compact: false },
    locale: {
      'NavigationControl.ZoomIn': '拡大',
      'NavigationControl.ZoomOut': '縮小',
      'Map.Title': '地図（矢印キーで移動、＋と－で拡大・縮小）',
      'AttributionControl.ToggleAttribution': '出典',
    },
    fadeDuration: 0,
    maxTileCacheSize: 800,
  })
  map.touchZoomRotate.disableRotation()
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right')
  map.addControl(new ScaleControl({ maxWidth: 120 }), 'bottom-right')

  const sectionsIn = (from: { x: number; y: number }, to: { x: number; y: number }): Feature[] =>
    map.queryRenderedFeatures([[from.x, from.y], [to.x, to.y]]).filter((each) => each.source === NETWORK && each.sourceLayer === 'sections')

  map.on('click', (event) => {
    const { x, y } = event.point
    const area: [[number, number], [number, number]] = [[x - REACH, y - REACH], [x + REACH, y + REACH]]
    const found = map.queryRenderedFeatures(area).filter((each) => each.source === NETWORK)
    const hidden = container.clientWidth <= 720 ? y - 0.35 * container.clientHeight : 0 // the card lies over the lower half
    const more = event.originalEvent.shiftKey
    if (found.length && hidden > 0 && !more) map.panBy([0, hidden])
    onclick(found.find((each) => each.sourceLayer === 'defects') ?? found.find((each) => each.sourceLayer === 'sections') ?? null, more)
  })
  map.on('mousemove', (event) => {
    const over = map.queryRenderedFeatures(event.point).some((each) => each.source === NETWORK && each.sourceLayer !== 'kiloposts')
    map.getCanvas().style.cursor = over ? 'pointer' : ''
  })

  const whenLoaded = (then: () => void): void => void (map.isStyleLoaded() || map.getLayer('ground') ? then() : map.once('styledata', then))
  let by = start.filters.by
  return {
    map,
    draw: (filters) =>
      whenLoaded(() => {
        for (const id of Object.values(MARKS).flat()) map.setLayoutProperty(id, 'visibility', isHidden(filters, id) ? 'none' : 'visible')
        const layers = [...sectionLayers(filters), ...markLayers(filters)]
        if (by === filters.by) {
          for (const layer of layers) if ('filter' in layer && !KEPT.includes(layer.id)) map.setFilter(layer.id, layer.filter)
          return
        }
        by = filters.by
        const kept = KEPT.map((id) => [id, map.getFilter(id)] as const)
        for (const { id } of map.getStyle().layers) if (id !== 'ground' && id !== 'base') map.removeLayer(id)
        layers.forEach((layer) => map.addLayer(layer))
        for (const [id, filter] of kept) if (filter) map.setFilter(id, filter)
      }),
    retile: (tiles) => whenLoaded(() => (map.getSource(NETWORK) as VectorTileSource).setTiles([tiles])),
    choose: (place, field = 'place') => whenLoaded(() => map.setFilter('sections-chosen', ['==', ['get', field], place])),
    pick: (places) => whenLoaded(() => map.setFilter('sections-picked', pickedFilter(places))),
    show: (lon, lat, zoom) => void map.easeTo({ center: [lon, lat], zoom, duration: 600 }),
  }
}
