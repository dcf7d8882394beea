// Reading what is to be put, bounded, and with an error that says what is wrong with it.
import { readFile, stat } from 'node:fs/promises'
import { FloeError } from '../../protocol/errors.ts'
import { BATCH_BYTES_MAX } from '../../protocol/limits.ts'

/** The bytes of a file, or of standard input for `-`. */
export async function readBatch(file: string): Promise<Uint8Array> {
  const batch = file === '-' ? await readStandardInput() : await readWhole(file)
  if (batch.length === 0) throw new FloeError('empty', `${nameOf(file)} is empty: a batch has bytes.`)
  return batch
}

function nameOf(file: string): string {
  return file === '-' ? 'Standard input' : file
}

async function readWhole(file: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(file)
    if (size > BATCH_BYTES_MAX) throw tooLarge(file)
    return await readFile(file)
  } catch (error) {
    if (error instanceof FloeError) throw error
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : String(error)
    throw new FloeError('configuration', `Cannot read ${file}: ${reason}.`, { cause: error })
  }
}

async function readStandardInput(): Promise<Uint8Array> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    length += part.length
    if (length > BATCH_BYTES_MAX) throw tooLarge('-')
    parts.push(part)
  }
  return Buffer.concat(parts, length)
}

function tooLarge(file: string): FloeError {
  return new FloeError('too-large', `${nameOf(file)} has more than ${BATCH_BYTES_MAX} bytes.`, {
    remedy: 'Split it.',
  })
}
