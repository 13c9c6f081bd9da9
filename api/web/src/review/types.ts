/** The yearly review as the API gives it (pavement/review/to_json.py). null = not known, never 0. */

import type { Direction, Maybe, RoadKey } from '../lib/types'

export interface Lengths { network_km: number; inspected_km: number; uninspected_km: number; closed_km: number; inspected_pct: Maybe<number> }
export interface Condition {
  km: number
  rating_km: Record<string, number>
  rating_pct: Record<string, Maybe<number>>
  mci_km: Record<string, Maybe<number>>
  crack_pct: Maybe<number>
  rut_mm: Maybe<number>
  iri_mm_per_m: Maybe<number>
  mci: Maybe<number>
  potholes: Maybe<number>
}
export interface Conditions { total: Condition; by_route: Record<string, Condition>; by_office: Record<string, Condition>; by_municipality: Record<string, Condition>; by_class: Record<string, Condition> }
export interface Stretch extends RoadKey { name: string; direction: Direction; from_kp_km: number; to_kp_km: number; km: number; office: string; reason: string; closed: boolean }
export interface WorseStretch extends RoadKey {
  name: string; direction: Direction; from_kp_km: number; to_kp_km: number; length_m: number; worse_m: number; suspect_m: number; office: string; municipality: string
  verdict: string; same_season: boolean; changes: { key: string; name: string; unit: string; mean: Maybe<number>; most: Maybe<number> }[]; place: string
}
export interface Patrol { number: number; office: string; km: number; stretches: Stretch[] }
export interface Candidate extends RoadKey {
  rank: number; place: string; name: string; direction: Direction; from_kp_km: number; to_kp_km: number; length_m: number; area_m2: number
  width_assumed: boolean; office: string; municipality: string; rating: string; mci: Maybe<number>; indicator: string; work: string; reason: string
  worse: boolean; premature: boolean; cost: Maybe<number>; within_budget: Maybe<boolean>
}
export interface Crossing extends RoadKey { name: string; direction: Direction; from_kp_km: number; to_kp_km: number; length_m: number; office: string; before: string; certainty: string }
export interface Kpi { name: string; unit: string; period: string; kind: string; first_day: string; value: Maybe<number>; change: Maybe<number>; target: Maybe<number>; index: Maybe<number>; provisional: boolean }
export interface Rate { indicator: string; unit: string; group: string; blocks: number; km: number; per_year: number; low: Maybe<number>; high: Maybe<number>; years?: Maybe<number>; relative?: boolean }
export interface Change {
  then: number; now: number; km: Record<string, number>; by_route_km: Record<string, Record<string, number>>; same_season_km: number
  indicators: Record<string, { name: string; unit: string; worse_blocks: number; suspect_blocks: number; better_blocks: number; bias: number; error_sd: Maybe<number> }>
}
export interface Review {
  fiscal_year: number
  label: string
  before?: Maybe<number>
  made_on: Maybe<string>
  coverage: Lengths & { both_directions_pct: Maybe<number>; by_office: Record<string, Lengths>; by_route: Record<string, Lengths>; closed_by_reason_km: Record<string, number> }
  missing?: { total: number; items: Stretch[] }
  patrol_plan?: { total: number; items: Patrol[]; left_out: { count: number; km: number; least_m: number } }
  condition: Conditions
  condition_before?: Maybe<Conditions>
  change: Maybe<Change>
  worse_stretches?: { total: number; items: WorseStretch[] }
  crossings?: { total: number; items: Crossing[] }
  potholes: { counts: Record<string, number>; days_to_repair: { repaired: number; open: number; median_days: Maybe<number>; p90_days: Maybe<number> } }
  candidates?: { total: number; budget?: Maybe<number>; items: Candidate[] }
  rates: Rate[]
  kpi: Kpi[]
  notes: string[]
}
