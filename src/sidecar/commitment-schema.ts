// A commitment in the data of a job. Jobs come over a network, so its size and its form are checked before it is decoded.
import { z } from 'zod'
import type { Hex } from '../protocol/bytes.ts'
import { COMMITMENT_BYTES_MAX } from '../protocol/certificate.ts'

export const commitmentSchema: z.ZodType<Hex> = z
  .string()
  .max(2 + 2 * COMMITMENT_BYTES_MAX)
  .regex(/^0x([0-9a-f]{2})+$/)
  .transform((text) => text as Hex)
