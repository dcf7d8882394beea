// Database files that LMDB would answer with a signal: refused with a sentence, or begun again where nothing was ever in them.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LmdbFolder } from '../../src/store/lmdb-folder.ts'

const PAGE = 4096
const KEY = Buffer.from('key')
const VALUE = Buffer.alloc(100_000, 7)
let dir: string
let file: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-file.'))
  file = join(dir, 'data.mdb')
  await withTable(async (write) => {
    for (let i = 0; i < 5; i++) await write(`${i}`)
    await write('')
  })
})
afterEach(async () => rm(dir, { recursive: true, force: true }))

async function withTable<T>(
  work: (write: (suffix: string) => Promise<void>, read: () => Uint8Array | undefined) => Promise<T>,
): Promise<T> {
  const folder = await LmdbFolder.open(dir, 'file')
  try {
    const table = folder.table('table')
    return await work(
      async (suffix) => folder.write(() => table.put(Buffer.concat([KEY, Buffer.from(suffix)]), VALUE)),
      () => table.get(KEY),
    )
  } finally {
    await folder.close()
  }
}

/** What the folder says when it is opened after `change` to its file. */
async function opened(change: (bytes: Buffer) => Buffer): Promise<unknown> {
  await writeFile(file, change(await readFile(file)))
  return withTable(async (_, read) => read()).catch((error: unknown) => error)
}

describe('a database file', () => {
  it('opens in a folder with a dot in its name, and has what it had', async () => {
    expect(await opened((bytes) => bytes)).toEqual(new Uint8Array(VALUE))
  })

  it.each([
    ['the first', 0, 0],
    ['the first', 0, 0xff],
    ['the second', PAGE, 0],
    ['the second', PAGE, 0xff],
  ])('with %s meta page at %i overwritten by %i is refused', async (which, at, byte) => {
    const error = await opened((bytes) => bytes.fill(byte, at, at + 512))
    expect(error).toMatchObject({ code: 'configuration' })
    expect(String(error)).toContain(`is damaged: ${which} of its meta pages is none`)
  })

  it.each([2, 3, 10])('that ends after %i pages is refused', async (pages) => {
    const error = await opened((bytes) => bytes.subarray(0, pages * PAGE))
    expect(error).toMatchObject({ code: 'configuration' })
    expect(String(error)).toContain(`was cut off after ${pages * PAGE} bytes`)
  })

  it.each([
    ['empty', 0],
    ['one page long', PAGE],
    ['two pages of zeros', 2 * PAGE],
  ])('that was never finished, %s, is begun again', async (_, bytes) => {
    expect(await opened(() => Buffer.alloc(bytes))).toBeUndefined()
    await withTable(async (write, read) => {
      await write('')
      expect(read()).toEqual(new Uint8Array(VALUE))
    })
  })
})
