/** What a person has chosen or dropped, as drives: a folder with frames/ or video/, a ZIP, a video, or loose photos. */

/** A file with its path below what was chosen. */
export interface Chosen {
  readonly path: string
  readonly file: File
}

/** A drive as it lies here; paths are those in the drive. */
export interface LocalDrive {
  readonly name: string
  readonly files: readonly Chosen[]
  readonly size: number
}

/** What a drive tells of itself. */
export interface Facts {
  readonly vehicle: string
  readonly startedAt: Date
}

const HIDDEN = /^(\.|thumbs\.db$|desktop\.ini$|__macosx$|system volume information$)/i
const FOLDERS = new Set(['frames', 'video'])
const PHOTO = /\.jpe?g$/i
const VIDEO = /\.(mp4|mov)$/i

/** The drives among files, and how many files belong to none. */
export function findDrives(chosen: readonly Chosen[]): { drives: LocalDrive[]; ignored: number } {
  const groups = new Map<string, Chosen[]>()
  const loose: Chosen[] = []
  const add = (root: string, path: string, file: File): void => {
    const group = groups.get(root)
    if (group) group.push({ path, file })
    else groups.set(root, [{ path, file }])
  }
  const visible = chosen
    .map(({ path, file }) => ({ names: path.normalize('NFC').split('/').filter(Boolean), file }))
    .filter(({ names }) => names.length > 0 && !names.some((name) => HIDDEN.test(name)))
  const roots = new Set<string>()
  for (const { names } of visible) {
    const at = names.findIndex((name, i) => i < names.length - 1 && FOLDERS.has(name.toLowerCase()))
    if (at >= 0) roots.add(names.slice(0, at).join('/'))
  }
  for (const { names, file } of visible) {
    if (/\.zip$/i.test(names.at(-1)!)) {
      add(names.join('/'), names.at(-1)!, file)
      continue
    }
    const depth = [...names.keys()].reverse().find((i) => roots.has(names.slice(0, i).join('/')))
    if (depth === undefined) loose.push({ path: names.join('/'), file })
    else {
      const inside = names.slice(depth)
      if (inside.length > 1 && FOLDERS.has(inside[0]!.toLowerCase())) inside[0] = inside[0]!.toLowerCase()
      add(names.slice(0, depth).join('/'), inside.join('/'), file)
    }
  }
  let ignored = 0
  const folders = new Map<string, Chosen[]>()
  for (const each of loose) {
    const folder = each.path.includes('/') ? each.path.slice(0, each.path.lastIndexOf('/')) : ''
    folders.set(folder, [...(folders.get(folder) ?? []), each])
  }
  for (const [folder, files] of folders) {
    if (!files.some(({ path }) => PHOTO.test(path) || VIDEO.test(path))) {
      ignored += files.length
      continue
    }
    for (const { path, file } of files) {
      const name = path.slice(folder ? folder.length + 1 : 0)
      add(`${folder}/`, PHOTO.test(name) ? `frames/${name}` : VIDEO.test(name) ? `video/${name}` : name, file)
    }
  }
  const drives = [...groups].map(([root, files]) => {
    const size = files.reduce((sum, { file }) => sum + file.size, 0)
    const named = root.split('/').filter(Boolean).at(-1)
    return { name: named ?? files.find(({ path }) => VIDEO.test(path))?.file.name ?? '選んだファイル', files, size }
  })
  return { drives: drives.sort((a, b) => a.name.localeCompare(b.name, 'ja', { numeric: true })), ignored }
}

/** `vehicle` of drive.toml; the first time of frames.csv, of a track, else of the oldest file. */
export async function factsOf(drive: LocalDrive): Promise<Facts> {
  const head = async (name: RegExp): Promise<string> => {
    const found = drive.files.find(({ path }) => name.test(path))
    return found ? (await found.file.slice(0, 65_536).text()).replace(/^\ufeff/, '') : ''
  }
  const vehicle = /^\s*vehicle\s*=\s*(["'])(.*?)\1\s*(#.*)?$/m.exec(await head(/^drive\.toml$/))?.[2] ?? ''
  const times = [
    /^[^\n]*,(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d))/m.exec(await head(/^frames\.csv$/))?.[1],
    /<trkpt[^>]*>.*?<time>([^<]+)<\/time>/s.exec(await head(/^[^/]+\.gpx$/i))?.[1],
    /^(\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:?\d\d)),/m.exec(await head(/^(?!frames|imu|truth)[^/]+\.csv$/i))?.[1],
  ]
  const told = times.map((text) => (text ? new Date(text) : null)).find((time) => time && plausible(time))
  const oldest = new Date(drive.files.reduce((least, { file }) => Math.min(least, file.lastModified), Date.now()))
  return { vehicle, startedAt: told ?? (plausible(oldest) ? oldest : new Date()) }
}

const plausible = (time: Date): boolean => time.getUTCFullYear() >= 2000 && time.getUTCFullYear() <= 2100
