// SHA-256 of bytes that may be many: 16 MiB take 10 ms, in which the event loop would answer nobody.
import { createHash } from 'node:crypto'

/** Hashed in half a millisecond. */
const SLICE_BYTES = 1024 * 1024

/** The digest of `bytes`, which must not change meanwhile. Between slices the event loop has its turn. */
export async function sha256InSlices(bytes: Uint8Array): Promise<Uint8Array> {
  const hash = createHash('sha256')
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
    if (at > 0) await new Promise((resolve) => setImmediate(resolve))
    hash.update(bytes.subarray(at, at + SLICE_BYTES))
  }
  return hash.digest()
}
