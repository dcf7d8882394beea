// Commits of a real LMDB environment behind a proxy that lets one of them fail.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { open } from 'lmdb'
import { expect, onTestFinished, test } from 'vitest'
import { FloeError } from '../../src/protocol/errors.ts'
import { CommitQueue, type CommitQueueOptions } from '../../src/store/commit-queue.ts'

async function queueWith(options: (root: CommitQueueOptions['root']) => Partial<CommitQueueOptions>) {
  const dir = await mkdtemp(join(tmpdir(), 'floe-commits-'))
  const root = open<string, string>({ path: dir, overlappingSync: false, eventTurnBatching: false })
  onTestFinished(async () => {
    await root.close()
    await rm(dir, { recursive: true })
  })
  const freeBytes = (): number => Number.MAX_SAFE_INTEGER
  const queue = new CommitQueue({ root, freeBytes, reserve: () => undefined, ...options(root) })
  const write = async (key: string): Promise<void> => queue.write(() => void root.put(key, key), 1)
  return { write, read: (key: string) => root.get(key) }
}

test('after a commit that failed no write reaches the database, every write is refused with what to do, and reads go on', async () => {
  let commits = 0
  const { write, read } = await queueWith((root) => ({
    root: {
      batch: async (change) => {
        commits += 1
        if (commits === 1) return root.batch(change)
        throw Object.assign(new Error('Commit failed'), { commitError: Promise.reject(new Error('EIO')) })
      },
    },
  }))
  await write('before')
  for (let i = 0; i < 3; i++) {
    await expect(write(`after ${i}`)).rejects.toMatchObject({
      code: 'storage',
      message: expect.stringMatching(/^The write to disk failed: EIO\. Check the disk and restart/),
    })
  }
  expect(commits).toBe(2)
  expect([read('before'), read('after 0')]).toEqual(['before', undefined])
})

test('a write for which no room can be made is refused and does not reach the database, and later writes succeed', async () => {
  let full = true
  const asked: [number, number][] = []
  const { write, read } = await queueWith(() => ({
    reserve: (...each) => {
      asked.push(each)
      if (full) throw new FloeError('storage', 'The file cannot grow.')
    },
  }))
  await expect(write('refused')).rejects.toMatchObject({ code: 'storage', message: 'The file cannot grow.' })
  full = false
  await Promise.all([write('first'), write('second')])
  expect([read('refused'), read('first'), read('second')]).toEqual([undefined, 'first', 'second'])
  expect(asked.reduce((sum, [writes]) => sum + writes, 0)).toBe(3)
})
