// An LMDB folder on a real disk: atomic and durable when its process is killed, ordered, and refused before the disk is full.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { LmdbFolder } from '../../src/store/lmdb-folder.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-lmdb-'))
})
afterEach(async () => rm(dir, { recursive: true, force: true }))

test('Atomic, Durable: kill -9 leaves all of a write or none, and every write that had resolved', async () => {
  const script = join(import.meta.dirname, 'lmdb-folder-process.ts')
  const child = spawn(process.execPath, [script, dir], { stdio: ['ignore', 'pipe', 'ignore'] })
  let resolved = 0
  for await (const line of createInterface(child.stdout)) {
    resolved = Number(line)
    if (resolved >= 50) child.kill('SIGKILL')
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  expect(child.signalCode).toBe('SIGKILL')
  const folder = await LmdbFolder.open(dir, 'killed')
  const table = folder.table('table')
  const [first, second] = ['first', 'second'].map((key) =>
    Number(Buffer.from(table.get(Buffer.from(key)) ?? []).toString()),
  )
  expect(first).toBe(second)
  expect(first).toBeGreaterThanOrEqual(resolved)
  await folder.close()
})

test('Ordered: concurrent writes are committed in the order of their calls', async () => {
  const folder = await LmdbFolder.open(dir, 'order')
  const table = folder.table('table')
  const key = Buffer.from('key')
  const writes = Array.from({ length: 600 }, async (_, i) =>
    folder.write(() => table.put(key, Buffer.from(String(i)))),
  )
  await writes[0]
  expect(table.get(key)).toBeDefined()
  await Promise.all(writes)
  expect(Buffer.from(table.get(key) ?? []).toString()).toBe('599')
  await folder.close()
})

test('Refused before the disk is full: a write that adds is rejected, and a deletion still succeeds', async () => {
  let free = 1 << 30
  const folder = await LmdbFolder.open(dir, 'room', { freeBytes: () => free })
  const table = folder.table('table')
  const key = Buffer.from('key')
  await folder.write(() => table.put(key, Buffer.alloc(1_000)), 1_000)
  free = 60 * 1024 * 1024
  await expect(folder.write(() => table.put(Buffer.from('other'), key), 3)).rejects.toMatchObject({
    code: 'storage',
    retryAfterSeconds: 10,
  })
  expect(table.get(Buffer.from('other'))).toBeUndefined()
  await folder.write(() => table.remove(key))
  expect(table.get(key)).toBeUndefined()
  free = 1 << 30
  await folder.write(() => table.put(Buffer.from('other'), key), 3)
  await folder.close()
})

test('Private: a folder and its files are for the account of the process only, also files that were open to others', async () => {
  const made = join(dir, 'made', 'here')
  const modes = async (): Promise<(readonly [string, number])[]> => {
    const names = (await readdir(made)).sort()
    return Promise.all(
      names.map(async (name) => [name, (await stat(join(made, name))).mode & 0o777] as const),
    )
  }
  const folder = await LmdbFolder.open(made, 'private')
  const table = folder.table('table')
  await folder.write(() => table.put(Buffer.from('key'), Buffer.from('value')))
  const expected = ['contents', 'data.mdb', 'lock.mdb', 'owner.lock', 'owner.lock-journal'].map(
    (name) => [name, 0o600] as const,
  )
  expect(await modes()).toStrictEqual(expected)
  for (const at of [made, join(dir, 'made')]) expect((await stat(at)).mode & 0o777).toBe(0o700)
  await folder.close()
  await chmod(join(made, 'data.mdb'), 0o644)
  await (await LmdbFolder.open(made, 'private')).close()
  expect(await modes()).toContainEqual(['data.mdb', 0o600])
})

test('a read or write after the folder is closed is refused with `storage`', async () => {
  const folder = await LmdbFolder.open(dir, 'closed')
  const table = folder.table('table')
  const key = Buffer.from('key')
  await folder.write(() => table.put(key, key))
  const loading = table.load(key).catch((error: unknown) => error)
  await folder.close()
  const refusal = { code: 'storage' }
  await expect(loading).resolves.toSatisfy(
    (result) => result instanceof Uint8Array || (result as { code?: string }).code === 'storage',
  )
  expect(() => table.get(key)).toThrow(expect.objectContaining(refusal))
  expect(() => table.count()).toThrow(expect.objectContaining(refusal))
  await expect(table.load(key)).rejects.toMatchObject(refusal)
  await expect(folder.write(() => table.put(key, key))).rejects.toMatchObject(refusal)
})
