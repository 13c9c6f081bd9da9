import { describe, expect, it } from 'vitest'
import { codeOf } from './pairing'
import { DEFAULTS, maySend, readSettings } from './settings'

describe('settings', () => {
  it.each([undefined, null, 'x', {}, { spacing: { mode: 'metres', metres: -1 }, width: 99, lane: 1.5 }])('of %j are the defaults', (kept) => {
    expect(readSettings(kept)).toEqual(DEFAULTS)
  })

  it('are kept', () => {
    const kept = { ...DEFAULTS, vehicle: '巡回車1号', lane: 2, cameraHeightM: 1.32, spacing: { mode: 'seconds', seconds: 0.5 }, sending: 'always' } as const
    expect(readSettings(structuredClone(kept))).toEqual(kept)
  })

  it.each([
    ['always', { onLine: true }, true],
    ['always', { onLine: false }, false],
    ['wifi', { onLine: true, type: 'wifi' }, true],
    ['wifi', { onLine: true, type: 'cellular' }, false],
    ['wifi', { onLine: true }, false],
    ['hand', { onLine: true, type: 'wifi' }, false],
  ] as const)('%s with %j sends: %s', (sending, network, send) => {
    expect(maySend(sending, network).send).toBe(send)
    expect(maySend(sending, network).words).not.toBe('')
  })
})

describe('a code', () => {
  it.each([
    ['ABCD-2345', 'ABCD-2345'],
    [' abcd2345 ', 'abcd2345'],
    ['https://server.example/patrol#pair=ABCD2345', 'ABCD2345'],
    ['#pair=AB%2DCD', 'AB-CD'],
    ['', null],
    ['ab', null],
    ['https://elsewhere.example/', null],
  ])('in %j is %j', (text, code) => expect(codeOf(text)).toBe(code))
})
