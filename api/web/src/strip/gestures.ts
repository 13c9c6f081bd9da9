/** Fingers and the mouse on the strip: one that moves pans, two zoom; what did not move is a click. */

export type Spot = [x: number, y: number] // px within the strip
export type Gesture = { pan: number } | { zoom: number; about: number } | null

const STILL_PX = 4
const NEAR_PX = 8

export class Gestures {
  #down = new Map<number, Spot>()
  #moved = 0
  #apart = 0

  get pressed(): boolean {
    return this.#down.size > 0
  }

  press(pointer: number, at: Spot): void {
    this.#down.set(pointer, at)
    this.#moved = 0
    this.#apart = 0
  }

  /** What a move of a pressed pointer asks for: a pan by pixels, or a zoom about a place. */
  drag(pointer: number, now: Spot): Gesture {
    const before = this.#down.get(pointer)
    if (!before) return null
    this.#down.set(pointer, now)
    if (this.#down.size !== 2) {
      this.#moved += Math.abs(now[0] - before[0])
      return this.#moved > STILL_PX ? { pan: before[0] - now[0] } : null
    }
    const [a, b] = [...this.#down.values()] as [Spot, Spot]
    const distance = Math.max(Math.abs(a[0] - b[0]), NEAR_PX)
    const zoom = this.#apart ? distance / this.#apart : 1
    this.#apart = distance
    this.#moved = Infinity
    return zoom === 1 ? null : { zoom, about: (a[0] + b[0]) / 2 }
  }

  /** Whether it was a click. */
  release(pointer: number): boolean {
    const was = this.#down.delete(pointer)
    this.#apart = 0
    return was && this.#moved <= STILL_PX
  }
}
