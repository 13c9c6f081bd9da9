/** 距離標 as they are written: 112.5 ↔ "112K500". */

/** 112.5 → "112K500"; metres are rounded. */
export function kp(km: number): string {
  const metres = Math.round(km * 1000)
  const sign = metres < 0 ? '-' : ''
  const whole = Math.abs(metres)
  return `${sign}${Math.floor(whole / 1000)}K${String(whole % 1000).padStart(3, '0')}`
}

/** "112K500", "112k5" (= 112.005 is not meant: K is followed by metres), "112.5", "112.5KP" → km; null where it is none. */
export function parseKp(text: string): number | null {
  const plain = text.normalize('NFKC').trim().toUpperCase()
  const post = /^(-?)(\d{1,4})K(\d{1,3})?M?$/.exec(plain)
  if (post) return (post[1] ? -1 : 1) * (Number(post[2]) + Number(post[3] ?? 0) / 1000)
  const km = /^(-?\d{1,4}(?:\.\d{1,4})?)\s*(?:KP|KM)?$/.exec(plain)
  return km ? Number(km[1]) : null
}
