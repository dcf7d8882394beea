// Reading a batch from a request, by every gateway alike: refused by its declared size before a byte of it is read, and
// counted against the memory for batches until it is answered.
import type { Request } from 'express'
import { FloeError } from '../../protocol/errors.ts'
import { declaredLength, readBody } from '../../runtime/http-server.ts'
import { type PutReceipt, checkSize } from '../batch-intake.ts'
import type { Sidecar } from '../service.ts'

/** Puts the body of `request`. @throws FloeError like `Intake.put`, and `overloaded` when too much is under way */
export async function putBody(sidecar: Sidecar, request: Request): Promise<PutReceipt> {
  const { intake, config, intakeBytes, sharedMemory } = sidecar
  if (intake === undefined) {
    throw new FloeError('unavailable', 'This sidecar is read-only.', {
      remedy: 'Put to one that was started with a key.',
    })
  }
  intake.admit()
  const declared = declaredLength(request)
  if (declared !== undefined) checkSize(declared, config.batchBytesMax)
  const release = intakeBytes.take(declared ?? config.batchBytesMax)
  if (release === undefined) {
    throw new FloeError('overloaded', `Batches of ${intakeBytes.used()} bytes are being dispersed.`, {
      retryAfterSeconds: 1,
    })
  }
  // Where coding threads read it as it stands, if there is room. Nobody needs it any more when the put is answered.
  const memory = declared === undefined ? undefined : sharedMemory.take(declared, 1)?.[0]
  try {
    return await intake.put(await readBody(request, config.batchBytesMax, memory))
  } finally {
    release()
    if (memory !== undefined) sharedMemory.put(memory)
  }
}
