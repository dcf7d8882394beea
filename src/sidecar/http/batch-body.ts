// Reads a batch from the body of a put, for all interfaces alike. Its memory is taken as it arrives, until the put is answered.
import type { Request } from 'express'
import { FloeError } from '../../protocol/errors.ts'
import { receiveBody, shareForBody } from '../../runtime/http-body.ts'
import { declaredLength } from '../../runtime/http-server.ts'
import { type PutReceipt, checkSize } from '../batch-intake.ts'
import type { Sidecar } from '../service.ts'

/** What a put needs of a sidecar. */
export type PutTarget = Pick<Sidecar, 'intake' | 'config' | 'clock' | 'intakeBytes' | 'sharedMemory'>

/**
 * Puts the body of `request`.
 * @throws FloeError as `BatchIntake.put`, `too-slow`, and `overloaded` when the memory for batches is used up
 */
export async function putBody(sidecar: PutTarget, request: Request): Promise<PutReceipt> {
  const { intake, config, clock, intakeBytes: memory, sharedMemory } = sidecar
  if (intake === undefined) {
    throw new FloeError('unavailable', 'This sidecar is read-only.', {
      remedy: 'Put to a sidecar that was started with a key.',
    })
  }
  intake.admit()
  const bytesMax = config.batchBytesMax
  const declared = declaredLength(request)
  if (declared !== undefined) checkSize(declared, bytesMax)
  const share = shareForBody(request, { memory, bytesMax })
  // Coding threads read shared memory without a copy. Nothing reads it any more once the put is answered.
  let shared: Uint8Array | undefined
  const allocate = (bytes: number): Uint8Array => {
    shared = sharedMemory.take(bytes, 1)?.[0]
    return shared ?? Buffer.allocUnsafeSlow(bytes)
  }
  try {
    return await intake.put(await receiveBody(request, share, { memory, bytesMax, clock, allocate }))
  } finally {
    share.release()
    if (shared !== undefined) sharedMemory.put(shared)
  }
}
