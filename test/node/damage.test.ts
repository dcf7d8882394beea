// Bit rot under a running storage node: a bit of what it stores changes in the database file.
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { concatBytes } from '../../src/protocol/bytes.ts'
import { seededBytes } from '../support/random-bytes.ts'
import { EPOCH, type Request, type World, dispersalOf, jsonOf, openTestWorld } from './harness.ts'

const BATCH = seededBytes('damaged', 20_000)

/** Flips a bit wherever the database file has these bytes. */
async function damage(world: World, bytes: Uint8Array): Promise<void> {
  const file = join(world.dir, 'data.mdb')
  const content = await readFile(file)
  const handle = await open(file, 'r+')
  let places = 0
  for (let at = content.indexOf(bytes); at >= 0; at = content.indexOf(bytes, at + 1), places++)
    await handle.write(Uint8Array.of((content[at + 7] ?? 0) ^ 1), 0, 1, at + 7)
  await handle.close()
  expect(places).toBeGreaterThan(0)
}

async function storedBatch(): Promise<{ world: World; request: Request; row: Uint8Array; path: string }> {
  const world = await openTestWorld()
  const request = dispersalOf(world, BATCH)
  expect((await world.send('POST', '/v1/dispersals', request.body)).status).toBe(200)
  const [pair] = request.pairs
  const path = `/v1/batches/${request.digest}/rows/${pair}`
  const { body } = await world.send('GET', path)
  return { world, request, row: body.subarray(-64), path }
}

async function attest(world: World, { digest }: Request) {
  const list = JSON.stringify({ epoch: EPOCH, digests: [digest] })
  return world.send('POST', '/v1/attestations', Buffer.from(list))
}

it('a row with a flipped bit is not served and not attested again, and the same dispersal stores it again', async () => {
  const { world, request, row, path } = await storedBatch()
  await damage(world, row)
  const refused = await world.send('GET', path)
  expect(refused.status).toBe(404)
  const [pair] = request.pairs
  expect(jsonOf(refused)).toStrictEqual({
    code: 'damaged',
    message: `The row ${pair} of batch ${request.digest} is stored here, but no longer as it was written. Ask the other members of the committee.`,
    retryable: false,
    facts: { digest: request.digest, pair },
  })
  const symbol = await world.send('GET', `${path}/symbols/0`)
  expect(jsonOf(symbol)['code']).toBe('damaged')
  const attested = await attest(world, request)
  expect([attested.status, jsonOf(attested)['code']]).toStrictEqual([404, 'not-held'])
  const batch = await world.send('GET', `/v1/batches/${request.digest}`)
  expect(jsonOf(batch)['attestation']).toBeNull()
  expect(world.sliverStore.checks.damagedCount()).toBe(1)

  expect((await world.send('POST', '/v1/dispersals', request.body)).status).toBe(200)
  expect((await world.send('GET', path)).status).toBe(200)
  expect((await attest(world, request)).status).toBe(200)
  expect(world.sliverStore.checks.damagedCount()).toBe(0)
  expect(world.sliverStore.usage.totals().batches).toBe(1)
})

it('a batch whose header has a flipped bit is answered as damaged, and the same dispersal stores it again', async () => {
  const { world, request, path } = await storedBatch()
  // The signature of the disperser follows the header in the record of the batch, and in that of the header alone.
  await damage(world, concatBytes(Buffer.from(request.signature.slice(2), 'hex')))
  const paths = [path, `/v1/batches/${request.digest}`]
  for (const each of paths) expect(jsonOf(await world.send('GET', each))['code']).toBe('damaged')
  const header = await world.send('GET', `/v1/headers/${request.digest}`)
  expect(jsonOf(header)['code']).toBe('not-held')
  expect((await world.send('POST', '/v1/dispersals', request.body)).status).toBe(200)
  for (const each of [...paths, `/v1/headers/${request.digest}`])
    expect((await world.send('GET', each)).status).toBe(200)
})
