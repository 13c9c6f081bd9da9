import { describe, expect, it } from 'vitest'
import { cell, frameLine, frameName, imuLine, isoJst, trackLine } from './csv'
import { driveToml, isLong, newDrive, SPLIT_FRAMES, tomlText, withFrame } from './drive'
import { DEFAULTS } from './settings'

const AT = Date.UTC(2026, 10, 22, 15, 59, 1, 250) // 00:59:01 of the next day in Japan
const FIX = { atMs: AT - 400, receivedMs: AT - 300, lon: 140.7401234, lat: 40.8223456, accuracyM: 3.96, speedMps: null, headingDeg: 359.96, altitudeM: 12 }

describe('tables', () => {
  it('have times in Japan with their offset', () => {
    expect(isoJst(AT)).toBe('2026-11-23T00:59:01.250+09:00')
    expect(frameName(AT)).toBe('frames/20261123_005901250.jpg')
  })

  it('leave blank what is not known', () => {
    expect([cell(null, 1), cell(Number.NaN, 1), cell(0, 1), cell(undefined, 1)]).toEqual(['', '', '0.0', ''])
    const quality = { sharpness: 0.8, brightness: 101.26, whiteShare: 0, seenAs: 'good' } as const
    const path = frameName(AT)
    expect(frameLine({ path, atMs: AT, fix: null, quality })).toBe('20261123_005901250.jpg,2026-11-23T00:59:01.250+09:00,,,,,0.800,101.3,good\n')
    expect(frameLine({ path, atMs: AT, fix: FIX, quality })).toContain(',140.7401234,40.8223456,4.0,0.40,0.800,')
    expect(trackLine(FIX)).toBe('2026-11-23T00:59:00.850+09:00,140.7401234,40.8223456,4.0,,360.0,12.0,2026-11-23T00:59:00.950+09:00\n')
    expect(imuLine({ atMs: AT, force: [0.1, 9.8, 1], turn: null })).toBe('2026-11-23T00:59:01.250+09:00,0.1000,9.8000,1.0000,,,\n')
  })
})

describe('drive.toml', () => {
  it('says what is known and no more', () => {
    const drive = newDrive('a', AT, { ...DEFAULTS, vehicle: '巡回車"1"\n[camera]', lane: 2, cameraHeightM: 1.32 }, [1920, 1080])
    const text = driveToml(drive, 'app\n[camera]')
    expect(text).toContain('vehicle = "巡回車\\"1\\" [camera]"\ntimezone = "Asia/Tokyo"\nlane = 2\n')
    expect(text).toContain('\n[camera]\nheight_m = 1.32\n')
    expect(text.match(/^\[camera\]/gm)).toHaveLength(1)
    expect(driveToml(newDrive('a', AT, DEFAULTS, [1, 1]), 'app')).not.toContain('lane')
    expect(tomlText('a\\b')).toBe('"a\\\\b"')
  })
})

describe('a drive', () => {
  it('counts its frames by how they look, and ends when it is long', () => {
    let drive = newDrive('a', AT, DEFAULTS, [1920, 1080])
    drive = withFrame(drive, AT + 1000, 10, 'blurred', 5, 0)
    drive = withFrame(drive, AT + 500, 20, 'good', 10, 2)
    expect(drive).toMatchObject({ frames: 2, bytes: 30, metres: 10, missed: 2, lastMs: AT + 1000, seen: { good: 1, blurred: 1 } })
    expect(isLong(drive, AT + 1000)).toBe(false)
    expect(isLong({ ...drive, frames: SPLIT_FRAMES }, AT)).toBe(true)
  })
})
