// `npm run bench -- NAME [--json]`: measurements, each compared with a peer or a lower bound in the same run. Benches assert nothing.
import { parseArgs } from 'node:util'
import { benchCoding } from './coding.ts'
import { benchHealth } from './health.ts'
import { benchPut } from './put.ts'
import { benchSustained } from './sustained.ts'

/** `sustained` takes minutes, so it runs only when it is named. */
const benches: Record<string, () => Promise<void>> = {
  coding: async () => benchCoding(values.json),
  health: async () => benchHealth(values.json),
  put: async () => benchPut(values.json),
  sustained: async () =>
    benchSustained({ seconds: Number(values.seconds), out: values.out, json: values.json }),
}
/** The benches that run, in this order, when none is named. */
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
    console.error(`Expected the name of a bench (${Object.keys(benches).join(', ')}), got ${name}.`)
    process.exit(2)
  }
  if (!values.json) console.log(`\n${name}`)
  await bench()
}
