// The lines that services print, counted by message, so that a test can bound them and say which message there is too much of.

export class LogCounts {
  #total = 0
  /** By service, level and message. */
  readonly #counts = new Map<string, number>()

  /** @param service its name; numbers at its end are left out, so that services of one kind are counted together */
  add(service: string, line: string): void {
    this.#total += 1
    const key = `${service.replace(/-\d+$/, '')} ${summaryOf(line)}`
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1)
  }

  get total(): number {
    return this.#total
  }

  /** @throws Error with all messages when there are more lines */
  requireAtMost(lines: number): void {
    if (this.#total > lines)
      throw new Error(`Expected at most ${lines} lines, got ${this.#total}:\n${this.toString()}`)
  }

  /** One line for each message, the most frequent first. */
  toString(): string {
    const sorted = [...this.#counts].toSorted(([, a], [, b]) => b - a)
    return sorted.map(([key, count]) => `${count} × ${key}`).join('\n')
  }
}

const LEVELS: Readonly<Record<number, string>> = { 30: 'info', 40: 'warn', 50: 'error', 60: 'fatal' }
const TEXT_CHARACTERS_MAX = 120

/** Level and message of a line of a log; the line itself where it has neither. */
function summaryOf(line: string): string {
  try {
    const { level, msg } = JSON.parse(line) as { level: number; msg: string }
    return `${LEVELS[level] ?? level} ${msg}`
  } catch {
    return line.trim().slice(0, TEXT_CHARACTERS_MAX)
  }
}
