/** Which stretch of a road is on the screen, and where its kiloposts lie there. */

export interface View { from: number; to: number } // km
export interface Span { from_kp_km: number; to_kp_km: number }

export const LEAST_KM = 0.1

/** Inside the road, not shorter than the least. */
export function held(view: View, road: View): View {
  const length = Math.min(Math.max(view.to - view.from, LEAST_KM), Math.max(road.to - road.from, LEAST_KM))
  const from = Math.min(Math.max(view.from, road.from), Math.max(road.to - length, road.from))
  return { from, to: from + length }
}

/** Zoom by a factor (2 = twice as large) about a kilopost, which stays where it is. */
export function zoomed(view: View, factor: number, about: number, road: View): View {
  const length = Math.min(Math.max((view.to - view.from) / factor, LEAST_KM), road.to - road.from)
  const share = (about - view.from) / (view.to - view.from)
  return held({ from: about - share * length, to: about + (1 - share) * length }, road)
}

export const panned = (view: View, km: number, road: View): View => held({ from: view.from + km, to: view.to + km }, road)

/** The view with a kilopost inside it, moved no farther than needed. */
export function showing(view: View, km: number, road: View): View {
  const edge = (view.to - view.from) * 0.08
  if (km < view.from + edge) return panned(view, km - view.from - edge, road)
  if (km > view.to - edge) return panned(view, km - view.to + edge, road)
  return view
}

/** Of rows in the order of kiloposts the index of the one that holds `km`; -1 where none does. */
export function indexAt(rows: readonly Span[], km: number): number {
  let low = 0
  let high = rows.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const row = rows[middle]!
    if (km < row.from_kp_km) high = middle - 1
    else if (km >= row.to_kp_km) low = middle + 1
    else return middle
  }
  return -1
}

/** The rows that a view touches: [first, beyond the last). */
export function within(rows: readonly Span[], view: View): [number, number] {
  const first = (test: (row: Span) => boolean): number => {
    let low = 0
    let high = rows.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (test(rows[middle]!)) high = middle
      else low = middle + 1
    }
    return low
  }
  return [first((row) => row.to_kp_km > view.from), first((row) => row.from_kp_km >= view.to)]
}

/** Distance of the labelled posts: so that labels of `label` pixels do not touch. */
export function postStep(view: View, width: number, label = 74): number {
  const least = ((view.to - view.from) * label) / Math.max(width, 1)
  return [0.02, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100].find((each) => each >= least) ?? 200
}

/** Stretches of `size` km that cover a view, one beyond it on both sides: what is fetched and kept. */
export function pieces(view: View, size: number): number[] {
  const first = Math.floor(view.from / size + 1e-9)
  const last = Math.floor(view.to / size - 1e-9)
  return Array.from({ length: Math.max(last - first, 0) + 1 }, (_, index) => first + index)
}
