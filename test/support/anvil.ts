// A real anvil for a test, on a free port. It ends with the process of the test, however that ends.
import { Anvil } from '../../src/devnet/anvil.ts'
import { systemClock } from '../../src/runtime/clock.ts'

export type TestAnvil = Pick<Anvil, 'url' | 'pid' | 'stop'> & AsyncDisposable

export async function startTestAnvil(
  options: { blockSeconds?: number; stateFile?: string } = {},
): Promise<TestAnvil> {
  return Anvil.start(options, systemClock)
}
