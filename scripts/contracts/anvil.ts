// A local chain for one script's run: anvil on a free port of the loopback, killed when the handle is disposed.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { createInterface } from 'node:readline'
import { foundryBinary } from './foundry.ts'

type LocalChain = AsyncDisposable & { readonly url: string }

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('the probe for a port has no address')
  return address.port
}

async function untilListening(child: ChildProcess): Promise<void> {
  if (child.stdout === null) throw new Error('anvil has no stdout')
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith('Listening on')) {
      // Anvil logs every call: a pipe that nobody reads would fill up and stop it.
      child.stdout.resume()
      return
    }
  }
  throw new Error('anvil ended before it listened')
}

export async function startLocalChain(): Promise<LocalChain> {
  const port = await freePort()
  const options = ['--hardfork', 'osaka', '--host', '127.0.0.1', '--port', String(port)]
  const child = spawn(foundryBinary('anvil'), options, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = once(child, 'exit')
  await Promise.race([untilListening(child), exited])
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      child.kill()
      await exited
    },
  }
}
