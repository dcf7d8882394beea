// Reads the batch of `floe put`, at most as many bytes as a batch may have.
import { readFile, stat } from 'node:fs/promises'
import { FloeError } from '../../protocol/errors.ts'
import { BATCH_BYTES_MAX } from '../../protocol/limits.ts'

const STANDARD_INPUT = '-'

/** @param file a path, or `-` for standard input */
export async function readBatch(file: string): Promise<Uint8Array> {
  const batch = file === STANDARD_INPUT ? await readStandardInput() : await readWholeFile(file)
  if (batch.length === 0) {
    throw new FloeError(
      'empty',
      `Expected a batch of at least one byte, got none: ${describe(file)} is empty.`,
    )
  }
  return batch
}

function describe(file: string): string {
  return file === STANDARD_INPUT ? 'standard input' : file
}

async function readWholeFile(file: string): Promise<Uint8Array> {
  try {
    const { size } = await stat(file)
    if (size > BATCH_BYTES_MAX) throw tooLarge(file)
    return await readFile(file)
  } catch (error) {
    if (error instanceof FloeError) throw error
    const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    const reason = isMissing ? 'the file does not exist' : String(error)
    throw new FloeError('configuration', `Cannot read ${file}: ${reason}.`, { cause: error })
  }
}

async function readStandardInput(): Promise<Uint8Array> {
  const parts: Buffer[] = []
  let length = 0
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    length += part.length
    if (length > BATCH_BYTES_MAX) throw tooLarge(STANDARD_INPUT)
    parts.push(part)
  }
  return Buffer.concat(parts, length)
}

function tooLarge(file: string): FloeError {
  return new FloeError(
    'too-large',
    `Expected at most ${BATCH_BYTES_MAX} bytes, got more from ${describe(file)}.`,
    { remedy: 'Split it into several batches.' },
  )
}
