// A process that writes growing numbers, each under two keys in one change, and prints a number once its write has resolved.
//
//     node lmdb-folder-process.ts DIR
import { writeSync } from 'node:fs'
import { LmdbFolder } from '../../src/store/lmdb-folder.ts'

const folder = await LmdbFolder.open(process.argv[2] ?? '', 'killed')
const table = folder.table('table')
for (let i = 1; ; i++) {
  await folder.write(() => {
    for (const key of ['first', 'second']) table.put(Buffer.from(key), Buffer.from(String(i)))
  })
  writeSync(1, `${i}\n`)
}
