/** The phone's room for frames. */

export interface Room {
  /** Bytes that this page takes. */
  readonly used: number
  /** Bytes that it may still take. */
  readonly free: number
  /** The browser has promised not to clear it. */
  readonly kept: boolean
}

/** The room; null where the browser does not tell. */
export async function roomOf(): Promise<Room | null> {
  const told = await navigator.storage?.estimate?.().catch(() => null)
  if (!told || told.quota === undefined) return null
  const used = told.usage ?? 0
  return { used, free: Math.max(0, told.quota - used), kept: (await navigator.storage.persisted?.()) ?? false }
}

/** Ask the browser never to clear what is kept. */
export async function keepAlive(): Promise<boolean> {
  return (await navigator.storage?.persist?.().catch(() => false)) ?? false
}

/** Bytes in words: 1.2 GB. */
export function bytesWords(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB']
  const step = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)))
  const value = bytes / 1000 ** step
  return `${value >= 100 || step === 0 ? value.toFixed(0) : value.toFixed(1)} ${units[step]}`
}
