// The checks of this machine: the version of Node, the limit of open files, the folder, the keys and the port.
import { constants, readFileSync } from 'node:fs'
import { access, readdir, stat, statfs } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { addressOfSecretKey } from '../protocol/signature.ts'
import { type SecretSource, readSecretKey, readableByOthers } from '../runtime/secrets.ts'
import { bytesText } from '../runtime/text.ts'
import { type Check, failure, ok, warning } from './check.ts'

/** The first release of Node that runs TypeScript without a flag. */
const NODE_MIN = [22, 18] as const
/** Enough for a thousand incoming connections, and for dozens to each of a hundred nodes. */
const DESCRIPTORS_MIN = 4096
const CONNECT_TIMEOUT_MS = 1_000

export const nodeVersionCheck: Check = {
  name: 'Node',
  run: async () => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
    const [majorMin, minorMin] = NODE_MIN
    if (major > majorMin || (major === majorMin && minor >= minorMin)) return ok(process.version)
    return failure(process.version, {
      expected: `v${majorMin}.${minorMin} or later`,
      remedy: 'Install a newer Node.',
    })
  },
}

export const descriptorsCheck: Check = {
  name: 'open files',
  run: async () => {
    const limit = descriptorsLimit()
    if (limit === undefined) return ok('the limit is unknown on this system')
    if (limit >= DESCRIPTORS_MIN) return ok(`at most ${limit}`)
    return warning(`at most ${limit}`, {
      expected: `at least ${DESCRIPTORS_MIN}`,
      remedy: 'Raise the limit: ulimit -n, LimitNOFILE= of systemd, or ulimits of a container.',
    })
  },
}

function descriptorsLimit(): number | undefined {
  try {
    const limits = readFileSync('/proc/self/limits', 'latin1')
    const [, soft] = /^Max open files\s+(\d+|unlimited)/m.exec(limits) ?? []
    return soft === 'unlimited' ? Infinity : soft === undefined ? undefined : Number(soft)
  } catch {
    return undefined
  }
}

/** @param name the check's name, which says what the key is for */
export function keyCheck(name: string, source: SecretSource): Check {
  return {
    name,
    run: async () => {
      let address: string
      try {
        address = addressOfSecretKey(await readSecretKey(source))
      } catch (error) {
        const { message } = error as Error
        return failure(message, {
          expected: 'a secret key: 32 bytes of hexadecimal',
          remedy: 'Correct the file, its permissions, or the setting that names it.',
        })
      }
      if (typeof source !== 'string') return ok(`of ${address}`)
      if (!(await readableByOthers(source))) return ok(`of ${address}, in ${source}`)
      return warning(`of ${address}; other users can read ${source}`, {
        expected: 'a file that only its owner can read',
        remedy: `chmod 600 ${source}`,
      })
    },
  }
}

/** @param bytesMax the size to which the folder may grow */
export function folderCheck(dir: string, bytesMax: number): Check {
  return {
    name: 'disk',
    run: async () => {
      const existing = await existingParent(resolve(dir))
      const reason = await unwritableReason(existing)
      if (reason !== undefined) {
        return failure(`${existing}: ${reason}`, {
          expected: `a folder that this user can write to, for ${dir}`,
          remedy: 'Give the folder to the user that the service runs as, or choose another with --dir.',
        })
      }
      const [{ bavail, bsize }, usedBytes] = await Promise.all([statfs(existing), bytesIn(resolve(dir))])
      const freeBytes = bavail * bsize
      const found = `${bytesText(freeBytes)} free, ${bytesText(usedBytes)} used, in ${dir}`
      if (freeBytes + usedBytes >= bytesMax) return ok(found)
      return warning(found, {
        expected: `${bytesText(bytesMax)}, the size to which it may grow`,
        remedy: 'Free space, or lower the limit. What does not fit is refused, and nothing is lost.',
      })
    },
  }
}

/** Why this user cannot write to the folder; undefined when it can. */
async function unwritableReason(dir: string): Promise<string | undefined> {
  try {
    if (!(await stat(dir)).isDirectory()) return 'not a folder'
    await access(dir, constants.R_OK | constants.W_OK | constants.X_OK)
    return undefined
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  }
}

async function existingParent(dir: string): Promise<string> {
  const found = await stat(dir).catch(() => undefined)
  if (found !== undefined || dirname(dir) === dir) return dir
  return existingParent(dirname(dir))
}

async function bytesIn(dir: string): Promise<number> {
  const names = await readdir(dir, { recursive: true }).catch(() => [])
  const files = await Promise.all(names.map(async (name) => stat(join(dir, name)).catch(() => undefined)))
  // Blocks are counted, because a file may have holes.
  return files.reduce((sum, file) => sum + (file?.isFile() === true ? file.blocks * 512 : 0), 0)
}

export type PortCheckOptions = {
  readonly host: string
  readonly port: number
  /** Whether the process that listens there is the checked service. Left out before a start, when it must not run yet. */
  readonly isOwnService?: (() => Promise<boolean>) | undefined
}

/** The check connects to the port, and never listens on it: clients that wait for the service would connect to the check. */
export function portCheck({ host, port, isOwnService }: PortCheckOptions): Check {
  const where = `${host}:${port}`
  const details = {
    expected: 'an address and a port to listen on',
    remedy: 'Free the port, or choose another with --host and --port.',
  }
  return {
    name: 'port',
    run: async () => {
      const code = await listenErrorCode(host)
      if (code !== undefined) return failure(`${where}: this machine cannot listen there (${code})`, details)
      if (port === 0 || !(await accepts(host, port))) return ok(`${where} is free`)
      if ((await isOwnService?.()) === true) return ok(`${where}: this service runs there`)
      return failure(`${where}: another process listens there`, details)
    },
  }
}

/** The error code of listening on any port of the address; undefined when it works. */
async function listenErrorCode(host: string): Promise<string | undefined> {
  const server = createServer()
  return new Promise((settle) => {
    server.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message))
    server.listen({ host, port: 0 }, () => server.close(() => settle(undefined)))
  })
}

/** Whether a process accepts connections there. */
async function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect({ host: reachableAt(host), port, timeout: CONNECT_TIMEOUT_MS })
    const end = (accepted: boolean): void => {
      socket.destroy()
      settle(accepted)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })
}

/** The address at which this machine reaches a service that listens on `host`. */
export function reachableAt(host: string): string {
  return host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
}
