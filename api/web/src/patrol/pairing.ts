/** The phone's registration: a code or a link of the office for a key of its own. */

import type { Pairing } from './settings'

/** The code in what was scanned, typed or opened: `https://…/patrol#pair=CODE`, or the code itself; null for neither. */
export function codeOf(text: string): string | null {
  const linked = /#pair=([^&\s]+)/.exec(text)?.[1]
  const code = linked === undefined ? text.trim() : decodeURIComponent(linked)
  return /^[A-Za-z0-9_-]{4,200}$/.test(code.replace(/[\s-]/g, '')) ? code : null
}

/** Claim a code. Raises Error with words for the crew. */
export async function claim(code: string, ask: typeof fetch = fetch): Promise<Pairing> {
  let answer: Response
  try {
    const init = { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ code }) }
    answer = await ask('/api/v1/pairings/claim', init)
  } catch {
    throw new Error('サーバーにつながりません。Wi-Fiや電波を確かめて、もう一度押してください')
  }
  if (answer.status === 429) throw new Error('何度も間違えたため、しばらく登録できません。1分ほど待ってください')
  if (!answer.ok) throw new Error('この登録コードは使えません。期限(10分)が切れたか、使用済みです。事務所で新しいコードを出してください')
  const told = (await answer.json()) as { key: string; device: unknown }
  const device = typeof told.device === 'string' ? told.device : String((told.device as { name?: unknown } | null)?.name ?? '')
  return { key: told.key, device }
}

/** Reads a QR code out of a picture where the browser can; undefined where it cannot. */
export async function readQr(source: ImageBitmapSource): Promise<string | null | undefined> {
  interface Detector {
    detect(source: ImageBitmapSource): Promise<{ rawValue: string }[]>
  }
  const { BarcodeDetector: Kind } = globalThis as { BarcodeDetector?: new (options: object) => Detector }
  if (Kind === undefined) return undefined
  try {
    return (await new Kind({ formats: ['qr_code'] }).detect(source))[0]?.rawValue ?? null
  } catch {
    return undefined
  }
}
