// A process that reserves ports, for ports.test.ts: `node reserve-ports.ts COUNT FIRST END`. It starts when its standard input says
// so, prints the ports as JSON, and holds them until its standard input ends.
import { reservePorts } from '../../src/devnet/ports.ts'

const [count = 0, first = 0, end = 0] = process.argv.slice(2).map(Number)
process.stdin.once('data', () => {
  void reservePorts(count, [first, end]).then((ports) => console.log(JSON.stringify(ports)))
})
console.log('ready')
