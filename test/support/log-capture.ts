// A logger that keeps its lines.
import { Writable } from 'node:stream'
import { type Logger, pino } from 'pino'

export type LogLine = { readonly level: number; readonly msg: string; readonly [field: string]: unknown }

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

  /** The same as objects. */
  lines(): LogLine[] {
    return this.#text
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LogLine)
  }

  clear(): void {
    this.#text = ''
  }
}
