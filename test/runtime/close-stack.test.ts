// What a service has opened is closed in reverse order, whatever fails.
import { expect, test } from 'vitest'
import { CloseStack } from '../../src/runtime/close-stack.ts'

function stackOf(names: readonly string[], closed: string[], failing?: string): CloseStack {
  const stack = new CloseStack()
  for (const name of names) {
    stack.add(async () => {
      closed.push(name)
      if (name === failing) throw new Error(`${name} failed`)
    })
  }
  return stack
}

test('A close stack closes its parts in reverse order.', async () => {
  const closed: string[] = []
  await stackOf(['first', 'second', 'third'], closed).close()
  expect(closed).toEqual(['third', 'second', 'first'])
})

test('A close stack closes the other parts when one fails, and rejects with that failure.', async () => {
  const closed: string[] = []
  await expect(stackOf(['first', 'second'], closed, 'second').close()).rejects.toThrow('second failed')
  expect(closed).toEqual(['second', 'first'])
})

test('A close stack closes its parts when opening the next one fails, and rejects with the error of the opening.', async () => {
  const closed: string[] = []
  const stack = stackOf(['first', 'second'], closed, 'first')
  const opening = stack.closeOnFailure(async () => Promise.reject(new Error('third did not open')))
  await expect(opening).rejects.toThrow('third did not open')
  expect(closed).toEqual(['second', 'first'])
})
