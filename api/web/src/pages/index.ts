/** Which address shows which page. A page is a component with one prop, `rest`: what follows in the path. It stays while
 * only `rest` or the query change. */

import type { Component } from 'svelte'

type Loaded = { default: Component<{ rest: string[] }> }

export const pages: Record<string, () => Promise<Loaded>> = {
  '': () => import('./Map.svelte'),
  login: () => import('./Login.svelte'),
  segment: () => import('./Segment.svelte'),
  check: () => import('./Check.svelte'),
  strip: () => import('./Strip.svelte'),
  defects: () => import('./Defects.svelte'),
  drives: () => import('./Drives.svelte'),
  exports: () => import('./Exports.svelte'),
  review: () => import('./Review.svelte'),
  public: () => import('./PublicReview.svelte'),
  admin: () => import('./Admin.svelte'),
}

/** What stands in the title of the window. */
export const titles: Record<string, string> = {
  '': '地図',
  login: 'ログイン',
  segment: '区間',
  check: '要確認',
  strip: '路線',
  defects: '損傷',
  drives: '点検走行',
  exports: '出力',
  review: '全線点検結果とりまとめ',
  public: '舗装点検結果',
  admin: '管理',
}
