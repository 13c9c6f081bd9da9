/** Sending as the crew sees it: by itself where their choice allows it, at once when they ask, not when they stop it. */

import type { Drive } from './drive'
import type { Queue } from './queue'
import { browserLine, exclusively, networkHint, sendAll, SENDING_LOCK } from './sender'
import { maySend, type Pairing, type Settings } from './settings'
import { troubleWords } from './upload'

/** What sending asks of the page. */
export interface Page {
  readonly settings: Settings
  readonly pairing: Pairing | null
  readonly drives: readonly { readonly drive: Drive }[]
  look(): Promise<void>
}

export class Sending {
  busy = $state(false)
  words = $state('')
  /** The server does not know this phone any more. */
  rejected = $state(false)
  private asked = false
  private halted = false

  constructor(
    private readonly queue: Queue,
    private readonly page: Page,
  ) {}

  /** Send what there is; `asked`: the crew pressed the button, so whatever the network. */
  async send(asked: boolean): Promise<void> {
    if (asked) [this.asked, this.halted] = [true, false]
    if (this.busy || this.page.pairing === null || this.halted) return
    const may = this.may()
    const open = this.page.drives.some(({ drive }) => drive.state !== 'delivered')
    this.words = open ? may.words : '送るものはありません'
    if (!open || !(this.asked || may.send)) {
      this.asked = false
      return
    }
    this.busy = true
    this.words = '送っています'
    this.asked = (await this.round()) && this.asked
    this.busy = false
    await this.page.look()
  }

  /** No more sending until it is asked for again. */
  halt(): void {
    this.halted = true
    this.asked = false
    this.words = '送信を止めました。「いま送る」で再開します'
  }

  private may(): ReturnType<typeof maySend> {
    return maySend(this.page.settings.sending, networkHint())
  }

  /** One round over all drives; true where the server was not to be reached: what was asked for goes on later. */
  private async round(): Promise<boolean> {
    const goOn = (): boolean => !this.halted && (this.asked || this.may().send)
    const told = (): void => void this.page.look()
    try {
      const done = await exclusively(SENDING_LOCK, () => sendAll(this.queue, browserLine(goOn), told))
      if (done === undefined) this.words = '裏で送っています'
      else if (done.trouble === null) this.words = done.delivered ? `${done.delivered}件の走行を送り終えました` : '届いた分は保管済みです'
      else {
        this.words = troubleWords(done.trouble)
        this.rejected = done.trouble.trouble === 'not paired'
        return done.trouble.trouble === 'unreachable'
      }
    } catch (error) {
      this.words = troubleWords(error)
    }
    return false
  }
}
