// The bytes that are stored for a message of Nitro's batch poster.
//
// Nitro's replay reads a batch 32 bytes at a time until a read is short, and no one-step proof exists for the empty read after a
// multiple of 32 (decision 013). Such a message is stored with one byte more, which its decoders ignore: brotli's ends with its
// last block, and the zero-heavy decoder takes trailing ones for padding (decision 017 has what was tried).

const PADDING_BYTE = 0xff

/** Bytes by which the stored message may be longer. */
export const PADDING_BYTES_MAX = 1

export function storableMessage(message: Uint8Array): Uint8Array {
  if (message.length === 0 || message.length % 32 !== 0) return message
  const padded = new Uint8Array(message.length + PADDING_BYTES_MAX)
  padded.set(message)
  padded[message.length] = PADDING_BYTE
  return padded
}
