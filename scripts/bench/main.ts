// `npm run bench -- NAME [--json]`: measurements, each beside a peer or a floor in the same run. Never assertions.
import { benchCoding } from './coding.ts'
import { benchHealth } from './health.ts'
import { benchPut } from './put.ts'

const benches: Record<string, (json: boolean) => Promise<void>> = {
  coding: benchCoding,
  health: benchHealth,
  put: benchPut,
}

const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const json = process.argv.includes('--json')
for (const name of names.length > 0 ? names : Object.keys(benches)) {
  const bench = benches[name]
  if (bench === undefined) {
    console.error(`There is no bench ${name}; there are: ${Object.keys(benches).join(', ')}.`)
    process.exit(2)
  }
  if (!json) console.log(`\n${name}`)
  await bench(json)
}
