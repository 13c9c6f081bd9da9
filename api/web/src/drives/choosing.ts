/** Files as they are dropped or chosen, and handles of them that outlive the page where the browser has such. */

import type { Chosen } from './localDrive'

type Handle = FileSystemHandle & {
  queryPermission?: (how: { mode: 'read' }) => Promise<PermissionState>
  requestPermission?: (how: { mode: 'read' }) => Promise<PermissionState>
}
type Folder = FileSystemDirectoryHandle & { values(): AsyncIterable<FileSystemHandle> }

/** Of `<input type="file">`, with or without folders. */
export const ofInput = (list: FileList): Chosen[] => Array.from(list, (file) => ({ path: file.webkitRelativePath || file.name, file }))

/** Of a drop: handles where the browser gives them, else the files below what was dropped. */
export async function ofDrop(dropped: DataTransfer): Promise<{ chosen: Chosen[]; handles: FileSystemHandle[] }> {
  const items = Array.from(dropped.items).filter((each) => each.kind === 'file')
  type Item = DataTransferItem & { getAsFileSystemHandle?: () => Promise<FileSystemHandle | null> }
  // asked for in one go: the browser forgets what was dropped at the first wait
  const asked = items.map((each) => (each as Item).getAsFileSystemHandle?.() ?? null)
  const entries = items.map((each) => each.webkitGetAsEntry?.() ?? null)
  const files = Array.from(dropped.files)
  if (asked.length && asked.every((each) => each !== null)) {
    const handles = await Promise.all(asked).catch(() => [])
    const found = (handles as (FileSystemHandle | null)[]).filter((each) => each !== null)
    if (found.length === asked.length) return { chosen: await chosenOf(found), handles: found }
  }
  const chosen: Chosen[] = []
  for (const entry of entries) if (entry) await walkEntry(entry, chosen)
  return { chosen: chosen.length ? chosen : files.map((file) => ({ path: file.name, file })), handles: [] }
}

/** The files of handles. */
export async function chosenOf(handles: readonly FileSystemHandle[]): Promise<Chosen[]> {
  const found: Chosen[] = []
  const walk = async (handle: FileSystemHandle, path: string): Promise<void> => {
    if (handle.kind === 'file') found.push({ path, file: await (handle as FileSystemFileHandle).getFile() })
    else for await (const each of (handle as Folder).values()) await walk(each, `${path}/${each.name}`)
  }
  for (const each of handles) await walk(each, each.name)
  return found
}

/** Whether handles may be read; `ask`: ask the person (only where they have just clicked). */
export async function mayRead(handles: readonly FileSystemHandle[], ask: boolean): Promise<boolean> {
  for (const each of handles as readonly Handle[]) {
    if ((await each.queryPermission?.({ mode: 'read' })) === 'granted') continue
    if (!ask || (await each.requestPermission?.({ mode: 'read' })) !== 'granted') return false
  }
  return true
}

async function walkEntry(entry: FileSystemEntry, into: Chosen[]): Promise<void> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject))
    into.push({ path: entry.fullPath.replace(/^\//, ''), file })
    return
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader()
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
    if (!some.length) return
    for (const each of some) await walkEntry(each, into)
  }
}
