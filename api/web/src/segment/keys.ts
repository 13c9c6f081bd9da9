/** Single keys of the judging pages. They can be turned off (help), for people who dictate or press keys by chance. */

export const HELP: [keys: string, what: string][] = [
  ['← →', '前の写真・次の写真'],
  ['n・p', '次の区間・前の区間'],
  ['a', '要確認を確認済みにする'],
  ['e', '値を直す（Ctrl+Enter で保存、Esc でやめる）'],
  ['l', '確定する'],
  ['u', 'この写真を「使えない」とする・戻す'],
  ['m', '検出の表示を切り替える'],
  ['z', '写真を大きく見る（＋ － で拡大、0 で全体）'],
  ['d', '損傷を書き加える（矢印で移動、Shift+矢印で大きさ、Enter で決定）'],
  ['Ctrl+Z', '直前の操作を元に戻す'],
  ['?', 'この一覧'],
]

const STORE = 'pavement-single-keys'
export const keysOn = (): boolean => globalThis.localStorage?.getItem(STORE) !== 'off'
export const turnKeys = (on: boolean): void => localStorage.setItem(STORE, on ? 'on' : 'off')

interface Pressed { key: string; ctrlKey: boolean; metaKey: boolean; altKey: boolean; defaultPrevented: boolean; target: EventTarget | null }

/** The key's name where it is meant for the page: not typed into a field, nothing over the page. 'undo' = Ctrl+Z. */
export function keyOf(event: Pressed, on = keysOn()): string | null {
  const target = event.target as Partial<HTMLElement> | null
  if (event.defaultPrevented || event.altKey) return null
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(target?.tagName ?? '') || target?.isContentEditable) return null
  if (event.ctrlKey || event.metaKey) return event.key.toLowerCase() === 'z' ? 'undo' : null
  if (event.key.length === 1 && !on && event.key !== '?') return null
  return event.key.length === 1 ? event.key.normalize('NFKC').toLowerCase() : event.key
}
