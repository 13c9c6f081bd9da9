/** What can be made of the results, in the words under which people file it. */

export interface What {
  key: string
  label: string
  words: string
  kind: string
  /** Only of chosen defects. */
  ofDefects?: boolean
  /** Where it can be seen without a file. */
  page?: string
}

export const WHATS: What[] = [
  { key: 'form-a', label: '様式A', words: '舗装点検記録様式（100 m ごと、路線別のシート）', kind: 'Excel' },
  { key: 'form-a-csv', label: '様式A CSV', words: '様式Aの行（UTF-8 と CP932）', kind: 'ZIP' },
  { key: 'national', label: '全国DB', words: '全国道路施設点検DB の項目に合わせた行', kind: 'CSV' },
  { key: 'photo-book', label: '画像集', words: '区間と損傷の写真（A4、秘匿処理済み）', kind: 'PDF' },
  { key: 'photo-ledger', label: '写真台帳', words: '写真番号から様式Aの行へ戻れる台帳', kind: 'Excel' },
  { key: 'images', label: '画像', words: '秘匿処理済みの写真（印なし・印あり）', kind: 'ZIP' },
  { key: 'repair-request', label: '補修依頼書', words: '損傷の一覧で選んだ損傷の依頼書', kind: 'PDF・Excel', ofDefects: true },
  { key: 'review', label: '全線点検結果とりまとめ', words: '年度の集計・経年変化・修繕候補・KPI。見られる全路線（上の範囲の指定は使いません）', kind: 'Excel・PDF・HTML・GIS', page: '/review' },
  { key: 'report', label: '点検報告書', words: '地図・図・悪い区間（オフラインで開ける）', kind: 'HTML' },
  { key: 'gis', label: 'GIS', words: 'QGIS などで開く区間・損傷（GeoPackage）', kind: 'GeoPackage' },
  { key: 'shapefile', label: 'Shapefile', words: '区間・損傷（古い GIS 用）', kind: 'ZIP' },
  { key: 'geojson', label: 'GeoJSON', words: '区間・損傷', kind: 'GeoJSON' },
  { key: 'pmtiles', label: 'PMTiles', words: 'Web 地図用のタイル', kind: 'PMTiles' },
  { key: 'csv', label: 'CSV', words: '区間・ブロック・損傷の全項目', kind: 'ZIP' },
  { key: 'open-data', label: 'オープンデータ', words: '公開用の一式（写真なし）', kind: 'ZIP' },
]
export const labelOf = (key: string): string => WHATS.find((each) => each.key === key)?.label ?? key

export const JOB: Record<string, string> = { queued: '順番待ち', running: '作成中', done: 'できました', failed: 'できませんでした' }

/** What is wanted of the year, as the page keeps it. */
export interface Scope {
  road: string
  direction: string
  from_kp: string
  to_kp: string
  office: string
  places: string[]
  defects: string[]
}

/** From the address, so that other pages can hand over what was chosen there. */
export function readScope(query: URLSearchParams): Scope {
  const text = (name: string): string => query.get(name) ?? ''
  const list = (name: string): string[] => query.getAll(name).flatMap((each) => each.split(',')).filter(Boolean)
  return {
    road: query.has('route_no') ? ['road_type', 'route_no', 'branch_no', 'kind'].map((name) => text(name) || { branch_no: '000', kind: '現道' }[name] || '').join('|') : '',
    direction: text('direction'), from_kp: text('from_kp'), to_kp: text('to_kp'), office: text('office'), places: list('places'), defects: list('defects'),
  }
}

/** For POST /exports; a text of a kilopost that cannot be read throws. */
export function filterOf(scope: Scope, defects: boolean, parse: (text: string) => number | null): Record<string, string | number | string[]> {
  const said: Record<string, string | number | string[]> = {}
  if (defects) return { defects: scope.defects }
  if (scope.places.length) return { places: scope.places }
  const [road_type, route_no, branch_no, kind] = scope.road.split('|')
  if (scope.road) Object.assign(said, { road_type, route_no, branch_no, kind })
  if (scope.direction) said['direction'] = scope.direction
  if (scope.office) said['office'] = scope.office
  for (const name of ['from_kp', 'to_kp'] as const) {
    if (!scope[name].trim()) continue
    const km = parse(scope[name].trim())
    if (km === null) throw new Error(`「${scope[name]}」は距離標として読めません。例：112K500 または 112.5`)
    said[name] = km
  }
  return said
}
