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
