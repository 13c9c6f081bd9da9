/** What the API answers (docs: /api/v1/openapi.json). null = not measured or not known, never 0. */

export type Direction = '下り' | '上り'
export type Rating = 'Ⅰ' | 'Ⅱ' | 'Ⅲ' | 'Ⅲ-1' | 'Ⅲ-2'
export type Role = 'patrol' | 'staff' | 'reviewer' | 'admin'
export type Level = 'segment' | 'block'
export type Maybe<T> = T | null

export interface Grant { role: Role; manager: Maybe<string>; office: Maybe<string> }
export interface Session { user: { id: string; name: string; display_name: string }; grants: Grant[] }
export interface BaseMap { url: string; attribution: string; max_zoom: number }
export interface Settings { title: string; version: string; base_map: Maybe<BaseMap>; oidc: boolean; public_review: boolean }

export interface RoadKey { road_type: string; route_no: string; branch_no: string; kind: string }
export interface Year { fiscal_year: number; label: string; segments: number; newest: Maybe<string> }
export type Box = [west: number, south: number, east: number, north: number]
export interface Route extends RoadKey {
  name: Maybe<string>
  from_kp_km: number
  to_kp_km: number
  length_m: number
  manager: Maybe<string>
  office: Maybe<string>
  bbox: Box
}
export interface Candidate extends RoadKey { place: string; block?: Maybe<string>; direction: Direction; kp_km: number; lon: number; lat: number; name?: Maybe<string> }

/** Values of a segment or block; the effective ones: a person's where there is one, else the machine's. */
export interface Values {
  crack_pct: Maybe<number>
  rut_mm: Maybe<number>
  rut_se_mm: Maybe<number>
  iri_mm_per_m: Maybe<number>
  potholes: Maybe<number>
  mci: Maybe<number>
  rating: Maybe<Rating>
  rating_basis: Maybe<string>
  coverage_pct: Maybe<number>
}
export interface Corrected { value: unknown; machine: unknown; by: string; at: string; id?: string }
export interface Section extends RoadKey, Values {
  place: string
  segment_place?: string
  level?: Level
  direction: Direction
  lane: Maybe<number>
  from_kp_km: number
  to_kp_km: number
  length_m: number
  from_lon: number
  from_lat: number
  to_lon: number
  to_lat: number
  frames: Maybe<number>
  position_sd_m: Maybe<number>
  flags: Maybe<string>
  surveyed_on: Maybe<string>
  manager: Maybe<string>
  office: Maybe<string>
  municipality: Maybe<string>
  drive_id?: Maybe<string>
  machine: Maybe<Partial<Values>>
  corrected: Maybe<Record<string, Corrected>>
  locked: Maybe<{ by: string; at: string }>
  accepted?: Maybe<{ by: string; at: string }>
  inspected: boolean
  name?: Maybe<string>
  closed?: Maybe<string>
  iri_se_mm_per_m?: Maybe<number>
  geometry?: { type: 'LineString' | 'MultiLineString'; coordinates: number[][] | number[][][] }
}
export interface Page<T> { total: number; items: T[] }
export interface Photo {
  id: string
  number: string
  kp_km: number
  timestamp: Maybe<string>
  subject: Maybe<string>
  degree: Maybe<string>
  frame: Maybe<string>
  marked: boolean
  unusable?: boolean
  comment?: Maybe<string>
  adopted?: boolean
}
export type DefectState = '未確認' | '誤検出' | '経過観察' | '応急補修済' | '本補修済'
export type Category = 'crack_linear' | 'crack_alligator' | 'pothole' | 'rut' | 'step' | 'patch'
export interface Defect extends RoadKey {
  defect_id: string
  category: Category
  direction: Direction
  kp_km: number
  lon: number
  lat: number
  length_m: Maybe<number>
  width_m: Maybe<number>
  area_m2: Maybe<number>
  depth_mm: Maybe<number>
  score: Maybe<number>
  photo: Maybe<string>
  photo_id: Maybe<string>
  segment_place: string
  state: DefectState
  comment?: Maybe<string>
  alert?: Maybe<Record<string, Maybe<string>>>
  box?: Maybe<[number, number, number, number]>
  corrected: Maybe<Record<string, Corrected>>
  machine: Maybe<Record<string, unknown>>
}
export interface Correction {
  id: string
  at: string
  who: string
  fiscal_year: number
  place: Maybe<string>
  defect_id: Maybe<string>
  photo_id: Maybe<string>
  field: string
  machine: unknown
  value: unknown
  comment: Maybe<string>
  undone_at: Maybe<string>
  undone_by: Maybe<string>
  by?: string
  before?: unknown
  undone_name?: Maybe<string>
}
/** Of many at once: how many were done, why others were not (by id), and what can be taken back. */
export interface Bulk { done: number; refused: Record<string, string>; decisions?: string[] }
export interface SegmentDetail extends Section {
  blocks: Section[]
  defects: Defect[]
  photos: Photo[]
  history: Correction[]
  years: { fiscal_year: number; label?: string; values: Values & { surveyed_on?: Maybe<string>; flags?: Maybe<string> } }[]
  before: Maybe<string>
  after: Maybe<string>
  rating_reason: RatingReason
}
/** Why a section is rated so: each indicator against the limits of Ⅱ and Ⅲ (one limit twice: it only has one). */
export interface RatingReason {
  indicators: { field: string; label: string; value: Maybe<number>; limits: [number, number]; level: Maybe<Rating>; counts: boolean; corrected: boolean }[]
  coverage_pct: Maybe<number>
  min_coverage_pct: number
  by_person: boolean
}
/** Transverse profiles of a segment's blocks, of each drive that has one. */
export interface Profiles {
  place: string
  blocks: {
    place: string
    from_kp_km: number
    to_kp_km: number
    rut_mm: Maybe<number>
    rut_se_mm: Maybe<number>
    profiles: { drive: string; across_mm: number[]; height_mm: Maybe<number>[]; rut_mm: Maybe<number>; rut_se_mm: Maybe<number>; refused: Maybe<string>; pairs: Maybe<number> }[]
  }[]
}
export interface MapStart { revision: string; bbox: Maybe<Box>; offices: { manager: Maybe<string>; office: string }[]; municipalities: string[] }
export interface Drive {
  id: string
  status: 'receiving' | 'queued' | 'running' | 'done' | 'failed' | 'cancelled'
  vehicle: string
  started_at: string
  [more: string]: unknown
}
export interface ExportJob { id: string; state: string; done: Maybe<number>; total: Maybe<number>; name: Maybe<string>; size: Maybe<number>; error: Maybe<string>; [more: string]: unknown }
export interface Pairing { code: string; url: string; expires_at: string; qr_svg: string }
export interface Device { id: string; name: string; manager: Maybe<string>; office: Maybe<string>; created_at: string; revoked_at: Maybe<string>; [more: string]: unknown }
export interface PersonRow { id: string; name: string; display_name: string; grants: Grant[]; [more: string]: unknown }
export type Row = Record<string, unknown>
