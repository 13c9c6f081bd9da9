/** Short words at the lower edge: what was done, with 元に戻す where it can be undone. */

export interface Toast {
  id: number
  text: string
  bad: boolean
  undo: (() => unknown) | null
}

export const toasts = $state<Toast[]>([])
let last = 0

export function toast(text: string, options: { bad?: boolean; undo?: () => unknown; seconds?: number } = {}): void {
  const id = ++last
  toasts.push({ id, text, bad: options.bad ?? false, undo: options.undo ?? null })
  setTimeout(() => dismiss(id), 1000 * (options.seconds ?? (options.undo || options.bad ? 10 : 5)))
}

export function dismiss(id: number): void {
  const index = toasts.findIndex((each) => each.id === id)
  if (index >= 0) toasts.splice(index, 1)
}

/** Tell of a failure. */
export const complain = (error: unknown): void => toast(error instanceof Error ? error.message : String(error), { bad: true })
