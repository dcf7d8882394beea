// A logger that keeps its lines as text.
import { Writable } from 'node:stream'
import { type Logger, pino } from 'pino'

export class LogCapture {
  readonly logger: Logger
  #text = ''

  constructor() {
    const lines = new Writable({
      write: (chunk, _encoding, done) => {
        this.#text += String(chunk)
        done()
      },
    })
    this.logger = pino({ level: 'trace' }, lines)
  }

  /** All lines since the last `clear`. */
  get text(): string {
    return this.#text
  }

  clear(): void {
    this.#text = ''
  }
}
