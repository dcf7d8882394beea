// A process that stores fixtures until it is killed, and says after each one that it is stored.
//
//     node sliver-store-process.ts DIR COUNT AT_ONCE BYTES
import { writeSync } from 'node:fs'
import { asFloeError } from '../../src/protocol/errors.ts'
import { SliverStore } from '../../src/store/sliver-store.ts'
import { fixture, store } from './sliver-store-fixtures.ts'

const [dir = '', count = '0', atOnce = '1', bytes = '1000'] = process.argv.slice(2)
const say = (line: string): void => void writeSync(1, `${line}\n`)

try {
  const custody = await SliverStore.open(dir, 1 << 30)
  say('open')
  let next = 0
  const work = async (): Promise<void> => {
    for (let i = next++; i < Number(count); i = next++) {
      await store(custody, fixture(`batch ${i}`, { bytes: Number(bytes) })).then(
        () => say(`stored ${i}`),
        (error: unknown) => say(`refused ${i} ${asFloeError(error).code}`),
      )
    }
  }
  await Promise.all(Array.from({ length: Number(atOnce) }, work))
  say(`holds ${custody.usage.totals().batches}`)
  // Stays until it is killed, with the folder open.
  setInterval(() => undefined, 60_000)
} catch (error) {
  say(`failed ${asFloeError(error).code}: ${asFloeError(error).message}`)
}
