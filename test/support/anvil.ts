// A real anvil for a test, on a free port, that ends with the test's process whatever happens to it.
import { type Anvil, startAnvil } from '../../src/cli/devnet/anvil.ts'
import { freePorts } from '../../src/cli/devnet/ports.ts'
import { systemClock } from '../../src/runtime/clock.ts'

export type TestAnvil = Pick<Anvil, 'url' | 'pid' | 'stop'> & AsyncDisposable

export async function startTestAnvil(
  options: { blockSeconds?: number; stateFile?: string } = {},
): Promise<TestAnvil> {
  const [port] = await freePorts(1)
  const { url, pid, stop } = await startAnvil({ port: port ?? 0, ...options }, systemClock)
  return { url, pid, stop, [Symbol.asyncDispose]: stop }
}
