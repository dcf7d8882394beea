// What a program on Node retrieves batches with: keep-alive connections to the storage nodes, and coding off the main thread
// where the program has a worker pool. One set serves every retrieval of a process.
import type { Coder } from '../coding/coder.ts'
import { nodeKernel } from '../coding/node-kernel.ts'
import type { Kernel } from '../protocol/kernel.ts'
import type { Clock } from '../runtime/clock.ts'
import { type HttpClient, httpGet } from '../runtime/http-client.ts'
import type { RetrieveOptions, RowFailure } from './retrieve.ts'

export type NodeRetrievalOptions = {
  /** Left out: a new one. */
  readonly kernel?: Kernel
  readonly http: Pick<HttpClient, 'send'>
  /** Left out: rows are checked and decoded on this thread. */
  readonly coder?: Coder
  readonly clock: Clock
  readonly timeoutMs: number
  readonly hedgeDelayMs: number
  readonly onFailure?: (failure: RowFailure) => void
}

export function retrievalOnNode(options: NodeRetrievalOptions): Omit<RetrieveOptions, 'signal'> {
  const { kernel = nodeKernel(), http, coder, clock, timeoutMs, hedgeDelayMs, onFailure } = options
  return {
    kernel,
    get: httpGet(http),
    clock,
    timeoutMs,
    hedgeDelayMs,
    ...(coder && { coder }),
    ...(onFailure && { onFailure }),
  }
}
