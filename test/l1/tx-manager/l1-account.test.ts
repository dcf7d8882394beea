// Opening and closing an account that sends transactions.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, it, onTestFinished } from 'vitest'
import { connectL1 } from '../../../src/l1/rpc.ts'
import { L1Account, type L1AccountOptions } from '../../../src/l1/tx-manager/l1-account.ts'
import { toHex } from '../../../src/protocol/bytes.ts'
import { addressOfSecretKey } from '../../../src/protocol/signature.ts'
import { systemClock } from '../../../src/runtime/clock.ts'
import { testKey } from '../../support/deploy.ts'

const secretKey = testKey('account')
let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'floe-account-'))
  onTestFinished(async () => rm(dir, { recursive: true }))
})

async function open(changes: Partial<L1AccountOptions> = {}): Promise<L1Account> {
  return L1Account.open({
    l1: connectL1(['http://127.0.0.1:1']),
    chainId: 1,
    key: secretKey,
    journalDir: join(dir, 'journal'),
    clock: systemClock,
    finality: 0,
    ...changes,
  })
}

it('an account reads its key from a file', async () => {
  const key = join(dir, 'key')
  await writeFile(key, toHex(secretKey))
  const account = await open({ key })
  onTestFinished(async () => account.close())
  expect(account.address).toBe(addressOfSecretKey(secretKey))
  expect(account.pendingIds()).toEqual([])
})

it('a key that cannot be read leaves the journal closed', async () => {
  await expect(open({ key: join(dir, 'missing') })).rejects.toMatchObject({ code: 'configuration' })
  await (await open()).close()
})

it('a key above the order of the curve leaves the journal closed', async () => {
  await expect(open({ key: new Uint8Array(32).fill(0xff) })).rejects.toThrow('valid private key')
  await (await open()).close()
})

it('closing an account ends its requests and frees its journal', async () => {
  const account = await open()
  await expect(open()).rejects.toMatchObject({ code: 'configuration' })
  await account.close()
  await (await open()).close()
})
