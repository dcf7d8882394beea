// The program of a coding thread that ends on a batch that starts with 0xdd.
import { parentPort } from 'node:worker_threads'
import type { JobMessage } from '../../src/coding/worker.ts'

parentPort?.on('message', (job: JobMessage) => {
  if (job.kind === 'disperse' && job.batch[0] === 0xdd) process.exit(3)
})

// Imported after the listener above, so that the listener is called first.
await import('../../src/coding/worker.ts')
