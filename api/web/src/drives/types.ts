/** What the routes of operations answer. */

import type { Maybe } from '../lib/types'

export interface Rejected { reason: string; label: string; frames: number }
export interface Counts { frames_in?: number; frames_used?: number; [more: string]: unknown }
export interface Analysis {
  id: string
  number: number
  state?: string
  queue: Maybe<string>
  stage: Maybe<string>
  done: number
  total: number
  counts: Maybe<Counts>
  started_at: Maybe<string>
  finished_at: Maybe<string>
  error?: Maybe<string>
  model_sha256: Maybe<string>
  software: Maybe<string>
  rejected: Rejected[]
}
export interface DriveItem {
  id: string
  vehicle: string
  started_at: string
  note: Maybe<string>
  status: string
  created_at: string
  completed_at: Maybe<string>
  error: Maybe<string>
  bytes: Maybe<number>
  file_count: Maybe<number>
  originals_deleted_at: Maybe<string>
  device: { id: string; name: string; manager: Maybe<string>; office: Maybe<string> }
  analysis: Maybe<Analysis>
}
export interface DriveReport extends Omit<DriveItem, 'device' | 'analysis' | 'bytes' | 'file_count'> {
  files: { received: number; missing: number }
  progress: { stage: Maybe<string>; done: number; total: number }
  analyses: Maybe<Analysis[]>
}
export interface Vehicle { vehicle: string; last_heard_at: Maybe<string>; paired_at: Maybe<string>; device_id: Maybe<string>; silent_days: number; last_started_at: Maybe<string>; drives: number; drives_of_year: number; failed: number; km_of_year: Maybe<number> }
export interface Worker { id: string; host: string; state: string; started_at: string; seen_at: string; drive_id: Maybe<string>; stage: Maybe<string>; done: Maybe<number>; total: Maybe<number> }
export interface Figures { network_km: number; inspected_km: number; uninspected_km: number; closed_km: number; share_pct: Maybe<number> }
export interface CoverageOffice extends Figures { manager: Maybe<string>; office: Maybe<string> }
export interface CoverageRoute extends Figures { road_type: string; route_no: string; branch_no: string; kind: string; name?: Maybe<string> }
export interface CoverageAnswer { year: number; label: string; whole: Figures; offices: CoverageOffice[]; routes: CoverageRoute[] }
