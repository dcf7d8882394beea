// Secret keys from files: never from flags or logs.
import { readFile, stat } from 'node:fs/promises'
import { FloeError } from '../protocol/errors.ts'

/** The 32-byte key in a file of hexadecimal. @throws FloeError `configuration`, which never quotes the file */
export async function readSecretKey(path: string): Promise<Uint8Array> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new FloeError('configuration', `Cannot read the key file ${path}: ${String(error)}.`, {
      cause: error,
    })
  })
  const digits = text.trim().replace(/^0x/, '')
  if (!/^[0-9a-fA-F]{64}$/.test(digits) || /^0+$/.test(digits)) {
    throw new FloeError('configuration', `Expected 32 bytes of hexadecimal in the key file ${path}.`)
  }
  return Uint8Array.from(Buffer.from(digits, 'hex'))
}

/** Whether others than the owner can read the file: worth a warning, not a refusal (secret mounts often are). */
export async function readableByOthers(path: string): Promise<boolean> {
  const { mode } = await stat(path)
  return (mode & 0o077) !== 0
}
