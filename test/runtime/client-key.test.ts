// Which addresses count as one client.
import { expect, test } from 'vitest'
import { clientKey } from '../../src/runtime/client-key.ts'

test('An address of IPv4 is one client, also where it is written as one of IPv6.', () => {
  expect([clientKey('192.0.2.7'), clientKey('::ffff:192.0.2.7'), clientKey('::FFFF:192.0.2.7')]).toEqual([
    '192.0.2.7',
    '192.0.2.7',
    '192.0.2.7',
  ])
})

test('The addresses of a network of 64 bits are one client.', () => {
  const same = ['2001:db8::1', '2001:db8:0:0:ffff::', '2001:0DB8:0000:0000:1:2:3:4', '2001:db8::1%eth0']
  expect(new Set(same.map(clientKey))).toEqual(new Set(['2001:db8:0:0::/64']))
  expect(clientKey('2001:db8:0:1::1')).toBe('2001:db8:0:1::/64')
  expect([clientKey('::1'), clientKey('fe80::1')]).toEqual(['0:0:0:0::/64', 'fe80:0:0:0::/64'])
})

test('Text that is no address is a client of its own, and its length is bounded.', () => {
  expect([clientKey(''), clientKey('unknown'), clientKey('x'.repeat(1000)).length]).toEqual([
    '',
    'unknown',
    64,
  ])
})
