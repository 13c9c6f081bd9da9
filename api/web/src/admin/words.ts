/** Words of people, roles and the log. */

import type { Grant, Role } from '../lib/types'

export const ROLES: Record<Role, string> = { patrol: '巡回', staff: '担当', reviewer: '確定', admin: '管理者' }
export const ROLE_WORDS: Record<Role, string> = {
  patrol: '結果を見る、走行を送る', staff: '＋ 直す、損傷の状態、出力', reviewer: '＋ 確定とその取り消し', admin: '＋ 人・端末・設定',
}

/** "担当：青森県 東青" */
export const grantWords = (grant: Grant): string => `${ROLES[grant.role]}（${[grant.manager, grant.office].filter(Boolean).join(' ') || 'すべて'}）`

/** Names of a log line's details. */
export const DETAIL: Record<string, string> = {
  name: '名前', grants: '役割', how: '方法', before: '前', after: '後', files: 'ファイル', office: '事務所', manager: '管理者', disabled: '停止', display_name: '表示名',
}

export const WHAT: Record<string, string> = {
  'session.begin': 'ログイン', 'session.end': 'ログアウト', 'device.add': '端末の登録', 'device.revoke': '端末の失効', 'person.add': '人の登録', 'person.change': '人の変更',
  'person.password': 'パスワードの変更', 'person.oidc': '庁内の認証との対応', 'drive.create': '走行の受信開始', 'drive.complete': '走行の受信完了', 'analysis.cancel': '解析の中止',
  'analysis.retry': '解析のやり直し', 'analysis.again': '解析し直し', 'alert.confirmed_at': '通報の確認', 'alert.patched_at': '通報の応急補修', 'alert.repaired_at': '通報の本補修',
  'bundle.import': '結果の取り込み', 'retention.originals': '元写真の削除（保存期間）', 'retention.results': '結果の削除（保存期間）',
}

/** English refusals of these routes, in Japanese. */
const REFUSALS: [RegExp, string][] = [
  [/nobody changes their own rights/, '自分の権限は変えられません。ほかの管理者に頼んでください。'],
  [/current password is wrong/, 'いまのパスワードが違います。'],
  [/also works elsewhere/, 'ほかの事務所でも働く人です。そのすべての管理者だけが変えられます。'],
  [/needs a role/, '役割が一つは要ります。使わせないときは「停止」にしてください。'],
  [/only where one is admin|where you are admin/, '自分が管理者である事務所を指定してください。'],
  [/exists|already|there is a person/i, 'その名前はもう使われています。'],
  [/characters/, 'パスワードが短すぎるか、使えない文字があります。10文字以上にしてください。'],
  [/password/i, 'このパスワードは使えません。10文字以上の、推測されにくいものにしてください。'],
]
export const refusal = (error: unknown): string => {
  const text = (error as Error).message
  return REFUSALS.find(([pattern]) => pattern.test(text))?.[1] ?? text
}
