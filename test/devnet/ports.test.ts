// Reservations of ports: exclusive between processes, and released with the process.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { isListening, isPortFree, reservePort, reservePorts } from '../../src/devnet/ports.ts'

const program = fileURLToPath(new URL('./reserve-ports.ts', import.meta.url))
/** Apart from the ranges from which the program and other tests reserve. */
const FIRST = 18_000

type Reserver = { readonly child: ChildProcess; readonly nextLine: () => Promise<string> }

async function startReserver(count: number, first: number, end: number): Promise<Reserver> {
  const child = spawn(process.execPath, [program, String(count), String(first), String(end)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async (): Promise<string> => String((await lines.next()).value)
  expect(await nextLine()).toBe('ready')
  return { child, nextLine }
}

test('exclusive: processes that reserve ports concurrently never get the same one', async () => {
  const processes = 4
  const each = 40
  // More ports than the processes need, because other programs may use some.
  const end = FIRST + 5 * processes * each
  const reservers = await Promise.all(
    Array.from({ length: processes }, async () => startReserver(each, FIRST, end)),
  )
  for (const { child } of reservers) child.stdin?.write('go\n')
  const reserved = await Promise.all(
    reservers.map(async ({ nextLine }) => JSON.parse(await nextLine()) as number[]),
  )
  expect(reserved.map((ports) => ports.length)).toEqual(Array.from({ length: processes }, () => each))
  expect(new Set(reserved.flat()).size).toBe(processes * each)
})

test('exclusive: concurrent calls of one process never get the same port', async () => {
  const reserved = await Promise.all(Array.from({ length: 5 }, async () => reservePorts(10)))
  expect(new Set(reserved.flat()).size).toBe(50)
})

test('released: a reservation ends with its process, also when the process is killed', async () => {
  const first = FIRST + 1_500
  const { child, nextLine } = await startReserver(1, first, first + 20)
  child.stdin?.write('go\n')
  const [port = 0] = JSON.parse(await nextLine()) as number[]
  expect(await reservePort(port)).toBe(false)
  child.kill('SIGKILL')
  await once(child, 'exit')
  expect(await reservePort(port)).toBe(true)
  expect(await reservePort(port)).toBe(true)
})

test('a reserved port is free for the service that it is for, and a port in use is not reserved', async () => {
  const [port = 0] = await reservePorts(1, [FIRST + 1_600, FIRST + 1_620])
  expect(await isPortFree(port)).toBe(true)
  expect(await isListening(port)).toBe(false)
  const server = createServer()
  onTestFinished(async () => {
    server.close()
    await once(server, 'close')
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  expect(await isPortFree(port)).toBe(false)
  expect(await isListening(port)).toBe(true)
})

test('a range with too few free ports is an error that says how many there are', async () => {
  const first = FIRST + 1_900
  await expect(reservePorts(3, [first, first + 2])).rejects.toThrow(
    new RegExp(`^Expected 3 free ports in ${first}…${first + 1} on 127\\.0\\.0\\.1, got [0-2]\\. Stop`),
  )
})
