// `npm run bench -- NAME [--json]`: measurements, each beside a peer or a floor in the same run. Never assertions.
import { parseArgs } from 'node:util'
import { benchCoding } from './coding.ts'
import { benchHealth } from './health.ts'
import { benchPut } from './put.ts'
import { benchSustained } from './sustained.ts'

/** In the order in which they run when none is named; `sustained` runs only when it is: it takes its time. */
const benches: Record<string, () => Promise<void>> = {
  coding: async () => benchCoding(values.json),
  health: async () => benchHealth(values.json),
  put: async () => benchPut(values.json),
  sustained: async () =>
    benchSustained({ seconds: Number(values.seconds), out: values.out, json: values.json }),
}
const unnamed = ['coding', 'health', 'put']

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '600' },
    out: { type: 'string', default: '.floe/bench/sustained' },
  },
})
for (const name of positionals.length > 0 ? positionals : unnamed) {
  const bench = benches[name]
  if (bench === undefined) {
    console.error(`There is no bench ${name}; there are: ${Object.keys(benches).join(', ')}.`)
    process.exit(2)
  }
  if (!values.json) console.log(`\n${name}`)
  await bench()
}
