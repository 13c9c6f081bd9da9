import { describe, expect, it } from 'vitest'
import { address } from './api'
import { fiscalYear, length, NONE, number, roadName, size } from './format'
import { kp, parseKp } from './kp'

describe('距離標', () => {
  it.each([
    [112.5, '112K500'],
    [0, '0K000'],
    [12.0004, '12K000'],
    [9.9999, '10K000'],
    [-0.1, '-0K100'],
  ])('%f is %s', (km, text) => expect(kp(km)).toBe(text))
  it.each([
    ['112K500', 112.5],
    ['１１２ｋ５００', 112.5],
    ['112.5KP', 112.5],
    ['112.5', 112.5],
    ['112K', 112],
    ['K500', null],
    ['国道', null],
  ])('%s is read as %s', (text, km) => expect(parseKp(text)).toBe(km))
  it('is read as it is written', () => {
    for (let metres = 0; metres < 700_000; metres += 137) expect(parseKp(kp(metres / 1000))).toBeCloseTo(metres / 1000, 6)
  })
})

describe('words', () => {
  it('leaves blank what was not measured', () => expect([number(null), length(undefined), size(null)]).toEqual([NONE, NONE, NONE]))
  it('writes units', () => expect([length(950), length(12_340), size(1_234_567), number(0)]).toEqual(['950 m', '12.3 km', '1.2 MB', '0']))
  it('names years and roads', () => {
    expect([fiscalYear(2019), fiscalYear(2026)]).toEqual(['令和元年度', '令和8年度'])
    const road = { road_type: '一般国道', route_no: '4', branch_no: '000', kind: '現道' }
    expect(roadName(road)).toBe('国道4号')
    expect([roadName(road, '一般国道4号'), roadName(road, '奥州街道'), roadName(road, '県道4号山手線')]).toEqual(['国道4号', '国道4号 奥州街道', '県道4号山手線'])
    expect(roadName({ ...road, kind: '旧道', branch_no: '001' })).toBe('国道4号（旧道） 枝001')
  })
  it('builds addresses', () => expect(address('/segments', { year: 2026, office: '', rating: ['Ⅲ'] })).toBe('/api/v1/segments?year=2026&rating=%E2%85%A2'))
})
