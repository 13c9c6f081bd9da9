/** Look again every so often, but not while nobody looks; for onMount: returns the end of it. */
export function poll(look: () => Promise<unknown>, seconds: number): () => void {
  let [gone, busy] = [false, false]
  const once = async (): Promise<void> => {
    if (gone || busy || document.hidden) return
    busy = true
    await look().catch(() => {})
    busy = false
  }
  const timer = setInterval(once, 1000 * seconds)
  const seen = (): void => void once()
  document.addEventListener('visibilitychange', seen)
  return () => {
    gone = true
    clearInterval(timer)
    document.removeEventListener('visibilitychange', seen)
  }
}
