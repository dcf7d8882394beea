// The command of a service: what its flags give.
import { Command } from 'commander'
import { expect, test } from 'vitest'
import { configure } from '../../src/config/command.ts'
import { nodeService } from '../../src/config/node.ts'
import type { NodeConfig } from '../../src/node/config.ts'

const address = `0x${'ab'.repeat(20)}`
const required = ['--rpc-url', 'http://l1', '--committee', address, '--ledger', address, '--key-file', 'key']

/** The configuration of `floe node` with these flags. */
async function nodeConfig(...flags: string[]): Promise<NodeConfig> {
  let config: NodeConfig | undefined
  const command = configure(new Command('node'), nodeService, async (given) => {
    config = given
  })
  await command.parseAsync([...required, ...flags], { from: 'user' })
  if (config === undefined) throw new Error('expected a configuration, got none')
  return config
}

test('A flag of a list overrides the default of the list, and further ones add to it.', async () => {
  expect((await nodeConfig()).corsOrigins).toBe('*')
  expect((await nodeConfig('--cors-origins', 'https://a.example')).corsOrigins).toEqual(['https://a.example'])
  const both = ['--cors-origins', 'https://a.example', '--cors-origins', 'https://b.example']
  expect((await nodeConfig(...both)).corsOrigins).toEqual(['https://a.example', 'https://b.example'])
})

test('A flag of a list without a default can be repeated.', async () => {
  expect((await nodeConfig('--rpc-url', 'http://second')).rpcUrls).toEqual(['http://l1', 'http://second'])
})
