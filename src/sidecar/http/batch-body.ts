// Reads a batch from the body of a put, for all interfaces alike: it is refused by its declared size before any byte is read, and
// counts against the memory for batches until the put is answered.
import type { Request } from 'express'
import { FloeError } from '../../protocol/errors.ts'
import { declaredLength, readBody } from '../../runtime/http-server.ts'
import { type PutReceipt, checkSize } from '../batch-intake.ts'
import type { Sidecar } from '../service.ts'

/**
 * Puts the body of `request`.
 * @throws FloeError as `BatchIntake.put`, and `overloaded` when the memory for batches is used up
 */
export async function putBody(sidecar: Sidecar, request: Request): Promise<PutReceipt> {
  const { intake, config, intakeBytes, sharedMemory } = sidecar
  if (intake === undefined) {
    throw new FloeError('unavailable', 'This sidecar is read-only.', {
      remedy: 'Put to a sidecar that was started with a key.',
    })
  }
  intake.admit()
  const declared = declaredLength(request)
  if (declared !== undefined) checkSize(declared, config.batchBytesMax)
  const release = intakeBytes.take(declared ?? config.batchBytesMax)
  if (release === undefined) {
    throw new FloeError('overloaded', `Batches of ${intakeBytes.used()} bytes are being dispersed.`, {
      remedy: 'Try again when some of them are certified.',
      retryAfterSeconds: 1,
    })
  }
  // Coding threads read shared memory without a copy. Nothing reads it any more once the put is answered.
  const memory = declared === undefined ? undefined : sharedMemory.take(declared, 1)?.[0]
  try {
    return await intake.put(await readBody(request, config.batchBytesMax, memory))
  } finally {
    release()
    if (memory !== undefined) sharedMemory.put(memory)
  }
}
