// The setting that says which origins may read from browsers.
import { expect, test } from 'vitest'
import { corsOriginsKind } from '../../src/config/kinds.ts'

function parse(value: unknown): unknown {
  const parsed = corsOriginsKind.schema.safeParse(value)
  return parsed.success ? parsed.data : 'refused'
}

test('Origins are given as *, as none, or as a list of origins without a path.', () => {
  expect(parse('*')).toBe('*')
  expect(parse('none')).toEqual([])
  expect(parse('https://a.example, http://127.0.0.1:8080')).toEqual([
    'https://a.example',
    'http://127.0.0.1:8080',
  ])
  expect(parse(['https://a.example', 'https://b.example'])).toEqual([
    'https://a.example',
    'https://b.example',
  ])
})

test('Origins that a browser would never send are refused.', () => {
  for (const value of [
    '',
    'a.example',
    'https://a.example/',
    'https://A.example',
    '*, https://a.example',
    'ftp://a.example',
  ])
    expect([value, parse(value)]).toEqual([value, 'refused'])
})
