// Room at the end of a file of a database: made with zeros behind what is there, and refused where the file cannot grow.
import { closeSync, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { FileRoom } from '../../src/store/file-room.ts'

function opened(file: string): { descriptor: number; room: FileRoom } {
  const descriptor = openSync(file, 'r+')
  onTestFinished(() => closeSync(descriptor))
  return { descriptor, room: new FileRoom(descriptor) }
}

test('room is made of zeros behind the bytes of the file, and only when there is too little', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'floe-room-'))
  onTestFinished(async () => rm(dir, { recursive: true }))
  const file = join(dir, 'file')
  const bytes = Buffer.alloc(8_192, 7)
  writeFileSync(file, bytes)
  const { descriptor, room } = opened(file)
  room.use(bytes.length)
  room.reserve(1, 2_000_000)
  const { size } = fstatSync(descriptor)
  expect(size).toBeGreaterThan(bytes.length + 2_000_000)
  expect(readFileSync(file)).toEqual(Buffer.concat([bytes, Buffer.alloc(size - bytes.length)]))
  room.reserve(1, 2_000_000)
  expect(fstatSync(descriptor).size).toBe(size)
  room.use(size)
  room.reserve(1, 0)
  expect(fstatSync(descriptor).size).toBeGreaterThan(size)
})

test.skipIf(process.platform !== 'linux')(
  'a file that cannot grow refuses with `storage`, the reason and what to do, each time',
  () => {
    const { room } = opened('/dev/full')
    for (let i = 0; i < 2; i++) {
      expect(() => room.reserve(1, 1_000)).toThrow(
        expect.objectContaining({
          code: 'storage',
          message: expect.stringMatching(
            /^The database file of 0 bytes cannot grow to \d+ bytes: Error: ENOSPC.* Free space on its disk/,
          ),
          retryAfterSeconds: 10,
        }),
      )
    }
  },
)
