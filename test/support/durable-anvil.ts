// An L1 for a test that kills it: it loses no more than its last seconds. anvil writes its state once a second and not atomically, so
// a state file that was cut off is replaced by the one before it.
import { existsSync } from 'node:fs'
import { copyFile, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { Anvil } from '../../src/devnet/anvil.ts'
import { systemClock } from '../../src/runtime/clock.ts'
import { until } from './until.ts'

export class DurableAnvil {
  readonly name = 'anvil'
  readonly url: string
  readonly #port: number
  readonly #stateFile: string
  readonly #completeFile: string
  #anvil: Anvil | undefined

  /** @param dir the folder of the state */
  constructor(dir: string, port: number) {
    this.url = `http://127.0.0.1:${port}`
    this.#port = port
    this.#stateFile = join(dir, 'l1.json')
    this.#completeFile = `${this.#stateFile}.complete`
  }

  async start(): Promise<void> {
    if (existsSync(this.#completeFile) && !(await isJson(this.#stateFile)))
      await copyFile(this.#completeFile, this.#stateFile)
    const options = { port: this.#port, blockSeconds: 1, stateFile: this.#stateFile }
    this.#anvil = await Anvil.start(options, systemClock)
  }

  /** Kills anvil as `kill -9` does; resolves when it has ended. */
  async kill(): Promise<void> {
    if (this.#anvil !== undefined && existsSync(this.#stateFile)) await this.#keepState()
    await this.#end('SIGKILL')
  }

  /** Asks anvil to end, and resolves when its whole state is on disk. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM')
    await this.#keepState()
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (this.#anvil !== undefined) process.kill(this.#anvil.pid, signal)
    await this.#anvil?.ended
    this.#anvil = undefined
  }

  /** Copies the state once it is complete: anvil may be writing it. */
  async #keepState(): Promise<void> {
    const copy = `${this.#completeFile}.new`
    await until('a complete state of anvil', async () => {
      await copyFile(this.#stateFile, copy)
      return (await isJson(copy)) || undefined
    })
    await rename(copy, this.#completeFile)
  }
}

async function isJson(file: string): Promise<boolean> {
  try {
    JSON.parse(await readFile(file, 'utf8'))
    return true
  } catch {
    return false
  }
}
