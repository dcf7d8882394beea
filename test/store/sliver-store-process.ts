// A process that stores fixtures until it is killed, and prints a line after each one that is stored.
//
//     node sliver-store-process.ts DIR COUNT CONCURRENCY BYTES
import { writeSync } from 'node:fs'
import { asFloeError } from '../../src/protocol/errors.ts'
import { SliverStore } from '../../src/store/sliver-store.ts'
import { fixture, store } from './sliver-store-fixtures.ts'

const [dir = '', count = '0', concurrency = '1', bytes = '1000'] = process.argv.slice(2)
const print = (line: string): void => void writeSync(1, `${line}\n`)

try {
  const sliverStore = await SliverStore.open(dir, 1 << 30)
  print('open')
  let next = 0
  const work = async (): Promise<void> => {
    for (let i = next++; i < Number(count); i = next++) {
      await store(sliverStore, fixture(`batch ${i}`, { bytes: Number(bytes) })).then(
        () => print(`stored ${i}`),
        (error: unknown) => print(`refused ${i} ${asFloeError(error).code}`),
      )
    }
  }
  await Promise.all(Array.from({ length: Number(concurrency) }, work))
  print(`holds ${sliverStore.usage.totals().batches}`)
  // Stays until it is killed, with the folder open.
  setInterval(() => undefined, 60_000)
} catch (error) {
  print(`failed ${asFloeError(error).code}: ${asFloeError(error).message}`)
}
