/** Words for drives: where one stands, what is being done, what to do about an error. */

import type { Maybe } from '../lib/types'

export const STATUS: Record<string, string> = {
  receiving: '受信中', queued: '解析待ち', running: '解析中', done: '解析済', failed: '失敗', cancelled: '中止',
}

const STAGES: Record<string, string> = {
  fetch: 'ファイルの取り出し', camera: 'カメラの姿勢', clock: '時計の照合', detect: '損傷の検出', ruts: 'わだち掘れ', rut: 'わだち掘れ',
  match: '路線の照合', masking: '人・車の秘匿', photos: '写真の作成', write: '書き出し', read: '読み込み', done: '完了',
}

/** "detect 01a2…" → "損傷の検出". */
export const stageWords = (stage: Maybe<string> | undefined): string => (stage ? (STAGES[stage.split(' ')[0]!] ?? stage) : '')

/** What an error of an analysis means, and what to do about it. */
const ADVICE: [RegExp, string][] = [
  [/no photo or video/, '写真も動画もありません。JPEG を frames/ に、MP4 を video/ に入れて、送り直してください。'],
  [/has no files/, 'ファイルが届いていません。もう一度送ってください。'],
  [/no network to measure on/, '路線網がありません。管理者に路線網の登録を頼んでから「もう一度」を押してください。'],
  [/GB free|No space left|free some disk/, 'サーバーの空き容量が足りません。管理者が空けてから「もう一度」を押してください。'],
  [/cannot be opened as a ZIP|cannot be unpacked|protected by a password|unpacks to|members|zip /i, 'ZIP を開けません。パスワードを付けず、走行ごとに ZIP を作り直して、送り直してください。'],
  [/no position fix|no track|not a track/, 'GPS の軌跡がありません。GPX・NMEA・CSV の軌跡を走行のフォルダーに入れて、送り直してください。'],
  [/drive\.toml|is no TOML|must be/, 'drive.toml に誤りがあります。下の行を直すか drive.toml を除いて、送り直してください。'],
  [/imu\.csv/, '加速度の記録（imu.csv）に誤りがあります。除いて送り直すと、IRI 以外は解析できます。'],
  [/column|line \d+|CSV/, '表のファイルに誤りがあります。下の行を直して、送り直してください。'],
  [/memory|killed|died|claims/i, '解析が途中で止まりました。「もう一度」を押し、繰り返すときは管理者に連絡してください。'],
  [/database|store|does not answer/i, 'データベースか保存先が応答しませんでした。しばらくしてから「もう一度」を押してください。'],
]

export const advice = (error: string): string =>
  ADVICE.find(([pattern]) => pattern.test(error))?.[1] ?? '「もう一度」を押し、繰り返すときは下の行を添えて管理者に連絡してください。'

/** English refusals of the routes for drives, in Japanese. */
const REFUSALS: [RegExp, string][] = [
  [/waiting or running/, '待っている、または実行中の解析がありません。'],
  [/neither failed nor/, '失敗も中止もしていません。'],
  [/originals are no longer/, '元の写真の保存期間が過ぎたため、解析し直せません。'],
  [/being received or analysed/, '受信中か解析中です。終わってからやり直してください。'],
]
export const refusal = (text: string): string => REFUSALS.find(([pattern]) => pattern.test(text))?.[1] ?? text

/** "3日前", "5分前". */
export function ago(text: Maybe<string> | undefined, now = Date.now()): string {
  if (!text) return '－'
  const minutes = Math.max(0, Math.floor((now - new Date(text).getTime()) / 60_000))
  if (minutes < 1) return 'たった今'
  if (minutes < 60) return `${minutes}分前`
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)}時間前`
  return `${Math.floor(minutes / 60 / 24)}日前`
}
