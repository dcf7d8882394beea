// What this machine must have: a Node that runs us, files to open, a folder to write to, keys, a port.
import { constants, readFileSync } from 'node:fs'
import { access, readdir, stat, statfs } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { addressOfSecretKey } from '../protocol/signature.ts'
import { type SecretSource, readSecretKey, readableByOthers } from '../runtime/secrets.ts'
import { bytesText } from '../runtime/text.ts'
import { type Check, failure, ok, warning } from './check.ts'

/** Releases from which on Node runs TypeScript as it is, without a flag. */
const NODE_MIN = [22, 18] as const
/** A thousand connections in, dozens to each of a hundred nodes out. */
const DESCRIPTORS_MIN = 4096
const CONNECT_MS_MAX = 1_000

export const nodeVersionCheck: Check = {
  name: 'Node',
  look: async () => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
    const [majorMin, minorMin] = NODE_MIN
    if (major > majorMin || (major === majorMin && minor >= minorMin)) return ok(process.version)
    return failure(process.version, {
      expected: `v${majorMin}.${minorMin} or later`,
      remedy: 'Install a later Node.',
    })
  },
}

export const descriptorsCheck: Check = {
  name: 'open files',
  look: async () => {
    const limit = descriptorsLimit()
    if (limit === undefined) return ok('limit not known on this system')
    if (limit >= DESCRIPTORS_MIN) return ok(`${limit} at once`)
    return warning(`${limit} at once`, {
      expected: `at least ${DESCRIPTORS_MIN}`,
      remedy: 'Raise it: ulimit -n, LimitNOFILE= of systemd, or ulimits of a container.',
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

/** @param name whose key it is, as results call it */
export function keyCheck(name: string, source: SecretSource): Check {
  return {
    name,
    look: async () => {
      let address: string
      try {
        address = addressOfSecretKey(await readSecretKey(source))
      } catch (error) {
        const { message } = error as Error
        return failure(message, {
          expected: 'a secret key: 32 bytes of hexadecimal',
          remedy: 'Correct the file, its permissions, or what names it.',
        })
      }
      if (typeof source !== 'string') return ok(`of ${address}`)
      if (!(await readableByOthers(source))) return ok(`of ${address}, in ${source}`)
      return warning(`of ${address}; ${source} is readable by others`, {
        expected: 'a file that only its owner can read',
        remedy: `chmod 600 ${source}`,
      })
    },
  }
}

/** @param needsBytes what the folder may grow to */
export function folderCheck(dir: string, needsBytes: number): Check {
  return {
    name: 'disk',
    look: async () => {
      const existing = await existingParent(resolve(dir))
      const reason = await notWritable(existing)
      if (reason !== undefined) {
        return failure(`${existing}: ${reason}`, {
          expected: `a folder that this user can write to, for ${dir}`,
          remedy: 'Give the folder to the user that the service runs as, or choose another with --dir.',
        })
      }
      const [{ bavail, bsize }, usedBytes] = await Promise.all([statfs(existing), bytesIn(resolve(dir))])
      const freeBytes = bavail * bsize
      const found = `${bytesText(freeBytes)} free, ${bytesText(usedBytes)} used, in ${dir}`
      if (freeBytes + usedBytes >= needsBytes) return ok(found)
      return warning(found, {
        expected: `${bytesText(needsBytes)}, which it may grow to`,
        remedy: 'Make room, or lower what it may store: what does not fit is refused, nothing is lost.',
      })
    },
  }
}

/** Why this user cannot write to the folder, or undefined. */
async function notWritable(dir: string): Promise<string | undefined> {
  try {
    if (!(await stat(dir)).isDirectory()) return 'it is no folder'
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
  // As blocks: a file may have holes.
  return files.reduce((sum, file) => sum + (file?.isFile() === true ? file.blocks * 512 : 0), 0)
}

/** Whether what listens there already is the very service that is checked; undefined: it must not run yet. */
export type RunsThere = (() => Promise<boolean>) | undefined

/** Never listens on the port itself: whoever waits for the service would take that for it. */
export function portCheck({ host, port }: { host: string; port: number }, runsThere: RunsThere): Check {
  const where = `${host}:${port}`
  const details = {
    expected: 'an address and a port to listen on',
    remedy: 'Free the port, or choose another with --host and --port.',
  }
  return {
    name: 'port',
    look: async () => {
      const code = await listeningFails(host)
      if (code !== undefined) return failure(`${where}: this machine cannot listen there (${code})`, details)
      if (port === 0 || !(await accepts(host, port))) return ok(`${where} is free`)
      if (runsThere !== undefined && (await runsThere())) return ok(`${where} has this service, which runs`)
      return failure(`${where}: another process listens there`, details)
    },
  }
}

/** Why listening at an address fails on whatever port is free, by its code, or undefined. */
async function listeningFails(host: string): Promise<string | undefined> {
  const server = createServer()
  return new Promise((settle) => {
    server.once('error', (error: NodeJS.ErrnoException) => settle(error.code ?? error.message))
    server.listen({ host, port: 0 }, () => server.close(() => settle(undefined)))
  })
}

/** Whether something takes connections there. */
async function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((settle) => {
    const socket = connect({ host: reachableAt(host), port, timeout: CONNECT_MS_MAX })
    const end = (answer: boolean): void => {
      socket.destroy()
      settle(answer)
    }
    socket.once('connect', () => end(true))
    socket.once('error', () => end(false))
    socket.once('timeout', () => end(false))
  })
}

/** Where what listens on `host` is reached from this machine. */
export function reachableAt(host: string): string {
  return host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
}
