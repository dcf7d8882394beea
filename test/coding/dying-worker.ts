import { parentPort } from 'node:worker_threads'
import type { JobMessage } from '../../src/coding/worker.ts'

parentPort?.on('message', (job: JobMessage) => {
  if (job.kind === 'disperse' && job.batch[0] === 0xdd) process.exit(3)
})

// Loaded after, so that the listener above is the first.
await import('../../src/coding/worker.ts')
