// What a provider may repeat of a configured URL, and what is left of it.
import { expect, it } from 'vitest'
import { Redactor } from '../../src/runtime/redaction.ts'

const key = 'Zk3-9fQx_7LmT2'

it.each([
  ['the key alone', `invalid key ${key}`],
  ['the key in other letters', `invalid key ${key.toUpperCase()}`],
  ['the path', `no route for /v2/${key}`],
  ['the whole URL', `POST https://eth.provider.example/v2/${key} failed`],
  [
    'the whole URL as a value of another',
    `see https://help.example/?from=${encodeURIComponent(`https://x/v2/${key}`)}`,
  ],
])('a text that repeats %s does not have it any more', (_, text) => {
  const redacted = new Redactor([`https://eth.provider.example/v2/${key}`]).text(text)
  expect(redacted.toLowerCase()).not.toContain(key.toLowerCase())
  expect(redacted).toContain('[redacted]')
})

it('a key in the query, credentials and their header are secrets, encoded or not', () => {
  const redactor = new Redactor([
    'https://floe:p%40ss+w%2Frd@host.example/rpc?apikey=a%2Bb%2Fcdef&archive=true',
  ])
  const header = Buffer.from('floe:p@ss+w/rd').toString('base64')
  const told = redactor.text(
    `a%2Bb%2Fcdef a+b/cdef p%40ss+w%2Frd p@ss+w/rd ${header} apikey archive rpc host.example`,
  )
  expect(told).toBe(`${'[redacted] '.repeat(5)}apikey archive rpc host.example`)
})

it('a text keeps its words when the URL has no secret', () => {
  const text = 'execution reverted: no block range on mainnet at http://127.0.0.1:8545/v1'
  expect(
    new Redactor(['http://127.0.0.1:8545', 'https://host.example/execution/v1/mainnet']).text(text),
  ).toBe(text)
})

it('a URL with a key that contains another key is replaced whole', () => {
  const redactor = new Redactor(['https://host.example/abcd', 'https://host.example/abcdefgh'])
  expect(redactor.text('abcdefgh and abcd')).toBe('[redacted] and [redacted]')
})
