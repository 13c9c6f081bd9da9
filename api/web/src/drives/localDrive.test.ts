import { describe, expect, it } from 'vitest'
import { factsOf, findDrives } from './localDrive'

const file = (path: string, text = 'x', lastModified = 0) => ({ path, file: new File([text], path.split('/').at(-1)!, { lastModified }) })
const paths = (found: ReturnType<typeof findDrives>) => Object.fromEntries(found.drives.map((each) => [each.name, each.files.map(({ path }) => path).sort()]))

describe('drives among files', () => {
  it('is the folder above frames or video, however deep', () => {
    const found = findDrives(['usb/a/frames/1.jpg', 'usb/a/track.gpx', 'usb/b/Video/1.mp4', 'usb/readme.txt', 'usb/.trash/frames/1.jpg'].map((each) => file(each)))
    expect(paths(found)).toEqual({ a: ['frames/1.jpg', 'track.gpx'], b: ['video/1.mp4'] })
    expect(found.ignored).toBe(1)
  })
  it('is a ZIP, a video, or loose photos with their track', () => {
    expect(paths(findDrives([file('朝.zip'), file('夜.zip')]))).toEqual({ '朝.zip': ['朝.zip'], '夜.zip': ['夜.zip'] })
    expect(paths(findDrives([file('a.MP4'), file('a.gpx')]))).toEqual({ 'a.MP4': ['a.gpx', 'video/a.MP4'] })
    expect(paths(findDrives([file('DCIM/1.JPG'), file('DCIM/t.nmea')]))).toEqual({ DCIM: ['frames/1.JPG', 't.nmea'] })
  })
  it('is nothing without photo or video', () => {
    expect(findDrives([file('a/b.txt')])).toEqual({ drives: [], ignored: 1 })
  })
})

describe('what a drive tells', () => {
  it('reads vehicle and first time', async () => {
    const { drives } = findDrives([
      file('a/frames/1.jpg'), file('a/drive.toml', '# x\nvehicle = "巡回1号"\n'), file('a/frames.csv', 'file,timestamp\n1.jpg,2026-06-01T09:00:00+09:00\n'),
    ])
    expect(await factsOf(drives[0]!)).toEqual({ vehicle: '巡回1号', startedAt: new Date('2026-06-01T00:00:00Z') })
  })
  it('falls back on the oldest file', async () => {
    const { drives } = findDrives([file('a/frames/1.jpg', 'x', Date.UTC(2026, 1, 3)), file('a/frames/2.jpg', 'x', Date.UTC(2026, 1, 2))])
    expect(await factsOf(drives[0]!)).toEqual({ vehicle: '', startedAt: new Date('2026-02-02T00:00:00Z') })
  })
})
