// A process that writes to an LMDB folder without checking the free space first, so that its file can grow no more.
//
//     node full-disk-process.ts DIR FROM COUNT BYTES
//
// Prints `stored I` or `refused CODE I` for each value, and at the end `holds A,B,…` with the values that it can read unchanged.
import { LmdbFolder } from '../../src/store/lmdb-folder.ts'
import { asFloeError } from '../../src/protocol/errors.ts'
import { seededBytes } from '../support/random-bytes.ts'

const [dir = '', from = '0', count = '0', bytes = '1000'] = process.argv.slice(2)
const folder = await LmdbFolder.open(dir, 'full-disk', { freeBytes: () => Number.MAX_SAFE_INTEGER })
const table = folder.table('table')
const keyOf = (i: number): Buffer => Buffer.from(String(i).padStart(8, '0'))
for (let i = Number(from); i < Number(from) + Number(count); i++) {
  const value = seededBytes(`value ${i}`, Number(bytes))
  const outcome = await folder
    .write(() => table.put(keyOf(i), value), value.length)
    .then(
      () => 'stored',
      (error: unknown) => `refused ${asFloeError(error).code}`,
    )
  console.log(`${outcome} ${i}`)
}
const whole = table.range(new Uint8Array(0), 100_000).flatMap(({ key, value }) => {
  const i = Number(Buffer.from(key).toString())
  return Buffer.compare(value, seededBytes(`value ${i}`, Number(bytes))) === 0 ? [`${i}`] : [`broken ${i}`]
})
console.log(`holds ${whole.join(',')}`)
process.exit(0)
