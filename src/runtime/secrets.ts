// Secrets, from files and from the environment: never from flags, and never in logs.
import { readFile, stat } from 'node:fs/promises'
import { FloeError } from '../protocol/errors.ts'

/** A secret in memory. A function, which no logger, JSON or inspection looks into. */
export type Secret = () => string

/** The secret itself, or the path of the file that contains it. */
export type SecretSource = Secret | string

/** Whether this is a secret key in hexadecimal: 32 bytes, not zero. Keys above the curve's order (one in 2^127) are not detected. */
export function isSecretKey(text: string): boolean {
  const digits = text.replace(/^0x/, '')
  return /^[0-9a-fA-F]{64}$/.test(digits) && !/^0+$/.test(digits)
}

/** A key of 32 bytes. @throws FloeError `configuration`, which never quotes the secret */
export async function readSecretKey(source: SecretSource): Promise<Uint8Array> {
  const text = typeof source === 'string' ? await readSecretFile(source) : source()
  if (!isSecretKey(text.trim())) {
    const where = typeof source === 'string' ? `the key file ${source}` : 'a key from the environment'
    throw new FloeError('configuration', `Expected 32 bytes of hexadecimal in ${where}.`, {
      remedy: 'openssl rand -hex 32 makes a key.',
    })
  }
  return Uint8Array.from(Buffer.from(text.trim().replace(/^0x/, ''), 'hex'))
}

async function readSecretFile(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw new FloeError('configuration', `Cannot read the key file ${path}: ${String(error)}.`, {
      remedy: 'Create it, or let the process read it.',
      cause: error,
    })
  })
}

/** Whether users other than the owner can read the file. Mounted secrets often are readable, so this deserves a warning only. */
export async function readableByOthers(path: string): Promise<boolean> {
  const { mode } = await stat(path)
  return (mode & 0o077) !== 0
}
