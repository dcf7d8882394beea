// The error for a package that a small install does not have.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { loadOptional } from '../../src/runtime/optional-package.ts'

function notFound(name: string): Error {
  return Object.assign(
    new Error(`Cannot find package '${name}' imported from /floe/dist/queue/redis-queue.js`),
    {
      code: 'ERR_MODULE_NOT_FOUND',
    },
  )
}

async function load(error: unknown): Promise<unknown> {
  return loadOptional(['bullmq', 'ioredis'], 'a queue on Redis', async () => Promise.reject(error))
}

test('An optional package that is installed is loaded.', async () => {
  expect(await loadOptional(['bullmq'], 'a queue on Redis', async () => Promise.resolve('loaded'))).toBe(
    'loaded',
  )
})

test('The error of a missing optional package names the command that adds it with its version.', async () => {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as {
    devDependencies: Record<string, string>
  }
  const { bullmq, ioredis } = manifest.devDependencies
  await expect(load(notFound('ioredis'))).rejects.toMatchObject({
    code: 'configuration',
    message:
      'Expected bullmq and ioredis for a queue on Redis, but at least one is not installed. ' +
      `Add what is missing with: npm install bullmq@${bullmq} ioredis@${ioredis}`,
  })
})

test('Another error of an optional package is thrown as it is.', async () => {
  for (const error of [notFound('lmdb'), new Error('bullmq failed')])
    await expect(load(error)).rejects.toBe(error)
})
