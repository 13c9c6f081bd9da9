/** Asks for a review until it is made: the server computes one at a time and says 503 meanwhile. */

import { Refused } from '../lib/api'
import type { Review } from './types'

export async function untilMade(ask: () => Promise<unknown>, still: () => boolean): Promise<Review | null> {
  for (;;) {
    try {
      return (await ask()) as Review
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 503 || !still()) throw error
      await new Promise((done) => setTimeout(done, 3000))
      if (!still()) return null
    }
  }
}
