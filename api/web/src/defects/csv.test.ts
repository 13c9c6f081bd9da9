import { describe, expect, it } from 'vitest'
import { csvOf } from './csv'
import type { Row } from './words'

const row = {
  defect_id: 'a', fiscal_year: 2026, office: '東青', road_type: '一般国道', route_no: '4', branch_no: '000', kind: '現道', direction: '下り', kp_km: 112.5,
  category: 'pothole', state: '応急補修済', length_m: null, width_m: 0.5, area_m2: 0.25, depth_mm: null, score: 0.5, lat: 40.8, lon: 140.7, photo: 'P1',
  seen_on: '2026-06-01', alert: null, said: { by: '試験 太郎', at: '2026-06-02T00:30:00Z', comment: '=1+1, "穴"', patched_at: '2026-06-02T00:30:00Z', repaired_at: null },
} as unknown as Row

describe('the CSV', () => {
  it('has one value a cell, blanks for what is not known, times of Japan, and no formulas', () => {
    const [head, line, end] = csvOf([row]).split('\r\n')
    expect(head).toMatch(/^\ufeff損傷ID,年度,/)
    expect(line).toBe(
      `a,2026,東青,一般国道,4,000,現道,下り,112K500,112.5,ポットホール,応急補修済,,0.5,0.25,,0.5,40.8,140.7,2026-06-01,,2026-06-02 09:30:00,2026-06-02 09:30:00,,試験 太郎,"'=1+1, ""穴""",P1`,
    )
    expect(end).toBe('')
  })
})
