// Settings that name hosts and networks.
import { expect, test } from 'vitest'
import { type Kind, allowedHostsKind, networksKind } from '../../src/config/kinds.ts'

function parsed<T>({ schema }: Kind<T>, value: unknown): T | 'refused' {
  const result = schema.safeParse(value)
  return result.success ? result.data : 'refused'
}

test('Trusted proxies are addresses, subnets of either version, or names of ranges.', () => {
  expect(parsed(networksKind, '10.0.0.0/8, 192.0.2.1,fd00::/8')).toEqual([
    '10.0.0.0/8',
    '192.0.2.1',
    'fd00::/8',
  ])
  expect(parsed(networksKind, ['loopback', '::1'])).toEqual(['loopback', '::1'])
  for (const value of [
    '',
    '*',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    'proxy.example',
    '::/129',
    'public',
  ])
    expect([value, parsed(networksKind, value)]).toEqual([value, 'refused'])
})

test('Allowed hosts are names without a port, or all.', () => {
  expect(parsed(allowedHostsKind, 'da.example, floe_sidecar')).toEqual(['da.example', 'floe_sidecar'])
  expect(parsed(allowedHostsKind, '*')).toBe('*')
  for (const value of ['', 'da.example:443', 'https://da.example', '*,da.example', 'a b'])
    expect([value, parsed(allowedHostsKind, value)]).toEqual([value, 'refused'])
})
