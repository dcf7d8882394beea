// Batches that are sent to readers: what is shared, what is bounded, and what a reader that does not read costs.
import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import type { CheckedCertificate } from '../../src/client/certified-header.ts'
import { FloeError } from '../../src/protocol/errors.ts'
import { type RunningServer, answerErrors, listen, newApp } from '../../src/runtime/http-server.ts'
import { createLogger } from '../../src/runtime/logger.ts'
import { STALL_MS_MAX } from '../../src/runtime/pace.ts'
import { SharedBudget } from '../../src/runtime/shared-budget.ts'
import { type ReadTarget, sendBatch } from '../../src/sidecar/http/batch-response.ts'
import { OutgoingBatches } from '../../src/sidecar/outgoing-batches.ts'
import { manualClock } from '../support/manual-clock.ts'
import { until } from '../support/until.ts'

/** More than the buffers of a connection take. */
const LENGTH = 32 * 1024 * 1024
const sockets: Socket[] = []
let server: RunningServer | undefined

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy()
  await server?.close(0)
  server = undefined
})

function checked(name: number): CheckedCertificate {
  const digest = `0x${name.toString(16).padStart(64, '0')}`
  return { digest, header: { length: LENGTH, expiry: 3_600 } } as unknown as CheckedCertificate
}

/** A retriever that counts the batches that it makes. */
function countingRetriever(): {
  batchOf: OutgoingRetriever['batchOf']
  made: () => number
  asked: () => number
} {
  let [made, asked] = [0, 0]
  return {
    batchOf: async (_checked, options) => {
      asked += 1
      if (options?.inMemory !== undefined) return options.inMemory
      made += 1
      return Buffer.alloc(LENGTH)
    },
    made: () => made,
    asked: () => asked,
  }
}

type OutgoingRetriever = ConstructorParameters<typeof OutgoingBatches>[0]['retriever']

test('One copy: All readers of a batch share one copy of it, for as long as one of them is being sent it.', async () => {
  const retriever = countingRetriever()
  const memory = new SharedBudget(16 * LENGTH)
  const outgoing = new OutgoingBatches({ retriever, memory })
  const first = await outgoing.open(checked(1), 'a')
  const others = await Promise.all(Array.from({ length: 300 }, async () => outgoing.open(checked(1), 'b')))
  expect(new Set(others.map(({ batch }) => batch))).toEqual(new Set([first.batch]))
  expect([retriever.made(), retriever.asked(), memory.used()]).toEqual([1, 301, LENGTH])
  first.release()
  first.release()
  for (const { release } of others.slice(1)) release()
  expect(memory.used()).toBe(LENGTH)
  others[0]?.release()
  expect(memory.used()).toBe(0)
  await outgoing.open(checked(1), 'a')
  expect(retriever.made()).toBe(2)
})

test('Decided again: What decides whether a reader may have a batch is asked for every reader, also where its bytes are in memory.', async () => {
  let error: FloeError | undefined
  const batchOf: OutgoingRetriever['batchOf'] = async () => {
    if (error !== undefined) throw error
    return Buffer.alloc(1)
  }
  const memory = new SharedBudget(16 * LENGTH)
  const outgoing = new OutgoingBatches({ retriever: { batchOf }, memory })
  const { release } = await outgoing.open(checked(1), 'a')
  error = new FloeError('batch-invalid', 'L1 has made the header invalid.')
  await expect(outgoing.open(checked(1), 'a')).rejects.toBe(error)
  release()
  expect(memory.used()).toBe(0)
})

test('Bounded: Copies and retrievals together count against memory that clients share; a further batch is refused.', async () => {
  const memory = new SharedBudget(4 * LENGTH)
  const outgoing = new OutgoingBatches({ retriever: countingRetriever(), memory })
  const held = await Promise.all([1, 2, 3].map(async (name) => outgoing.open(checked(name), 'a')))
  await expect(outgoing.open(checked(4), 'a')).rejects.toMatchObject({
    code: 'overloaded',
    retryAfterSeconds: 1,
  })
  await outgoing.open(checked(4), 'b')
  await outgoing.open(checked(1), 'a')
  await expect(outgoing.open(checked(5), 'c')).rejects.toMatchObject({ code: 'overloaded' })
  for (const { release } of held) release()
  expect(memory.used()).toBe(2 * LENGTH)
})

test('Readers that do not read are cut, and then a batch takes no memory.', async () => {
  const clock = manualClock(0)
  const memory = new SharedBudget(4 * LENGTH)
  const retriever = { ...countingRetriever(), certificate: async () => checked(1) }
  const target = { retriever, outgoing: new OutgoingBatches({ retriever, memory }), clock }
  const at = { host: '127.0.0.1', port: 0 }
  const app = newApp(at)
  app.get('/get/:commitment', async (request, response) =>
    sendBatch(target as unknown as ReadTarget, request, response, { conditional: false }),
  )
  app.use(answerErrors(createLogger('test', 'silent')))
  server = await listen(app, at)
  for (let i = 0; i < 20; i++) {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1').pause()
    socket.on('error', () => undefined)
    sockets.push(socket)
    await once(socket, 'connect')
    socket.write('GET /get/0x01 HTTP/1.1\r\nhost: localhost\r\n\r\n')
  }
  await until('all are being sent it', () => clock.sleeping() === 20 || undefined)
  expect([memory.used(), retriever.made()]).toEqual([LENGTH, 1])
  await until('all are cut', () => {
    clock.advance(STALL_MS_MAX)
    return clock.sleeping() === 0 || undefined
  })
  expect(await until('the copy is gone', () => memory.used() === 0 || undefined)).toBe(true)
})
