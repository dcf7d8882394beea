// Database files on which LMDB would end the process with a signal: they are refused with an error, or emptied if they never held data.
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

/** The value read, or the error, when the folder is opened after `change` to its file. */
async function opened(change: (bytes: Buffer) => Buffer): Promise<unknown> {
  await writeFile(file, change(await readFile(file)))
  return withTable(async (_, read) => read()).catch((error: unknown) => error)
}

describe('a database file', () => {
  it('a database file in a folder with a dot in its name opens with its content', async () => {
    expect(await opened((bytes) => bytes)).toEqual(new Uint8Array(VALUE))
  })

  it.each([
    ['first', 0, 0],
    ['first', 0, 0xff],
    ['second', PAGE, 0],
    ['second', PAGE, 0xff],
  ])(
    'a database file whose %s meta page, at %i, is overwritten by %i is refused',
    async (which, at, byte) => {
      const error = await opened((bytes) => bytes.fill(byte, at, at + 512))
      expect(error).toMatchObject({ code: 'configuration' })
      expect(String(error)).toContain(`is damaged: its ${which} meta page is not valid`)
    },
  )

  it.each([2, 3, 10])('a database file that ends after %i pages is refused', async (pages) => {
    const error = await opened((bytes) => bytes.subarray(0, pages * PAGE))
    expect(error).toMatchObject({ code: 'configuration' })
    expect(String(error)).toContain(`was cut off after ${pages * PAGE} bytes`)
  })

  it.each([
    ['empty', 0],
    ['one page long', PAGE],
    ['two pages of zeros', 2 * PAGE],
  ])('a database file without a first commit, %s, is emptied and used', async (_, bytes) => {
    await rm(join(dir, 'contents'))
    expect(await opened(() => Buffer.alloc(bytes))).toBeUndefined()
    await withTable(async (write, read) => {
      await write('')
      expect(read()).toEqual(new Uint8Array(VALUE))
    })
  })

  it('a database that is older than the record of its last commit is refused, and opens once that record is deleted', async () => {
    const older = await readFile(file)
    await withTable(async (write) => write('later'))
    const error = await opened(() => older)
    expect(error).toMatchObject({ code: 'configuration' })
    expect(String(error)).toMatch(
      /is damaged: it ends after transaction \d+, it had transaction \d+\. Check the disk, .* To go on with what is there, delete .*contents\.$/,
    )
    await rm(join(dir, 'contents'))
    expect(await opened((bytes) => bytes)).toEqual(new Uint8Array(VALUE))
  })

  it('a database that is gone while the record of its last commit is there is refused', async () => {
    await rm(file)
    const error = await withTable(async () => undefined).catch((thrown: unknown) => thrown)
    expect(String(error)).toContain('is damaged: it ends after transaction 0, it had transaction')
  })

  it('a record of the last commit with one damaged copy is used, and with two it is refused', async () => {
    const record = join(dir, 'contents')
    const bytes = await readFile(record)
    const damaged = Buffer.from(bytes).fill(0xff, 0, 100)
    await writeFile(record, damaged)
    expect(await opened((content) => content)).toEqual(new Uint8Array(VALUE))
    await writeFile(record, Buffer.from(bytes).fill(0xff, 0, 100).fill(0xff, PAGE))
    const error = await opened((content) => content)
    expect(String(error)).toContain('contents is damaged: neither of its two copies matches its checksum')
  })
})
