// What every request passes before the routes of a listener: the form of its target, its host, its origin and its encoding.
//
// Guarantees:
// - Hosts are checked: On a loopback address, a name that resolves to it by DNS rebinding reaches no route.
// - Writes are closed: A page, of whatever origin, can neither send a write nor read the response to one.
// - Bodies are plain: A body with a Content-Encoding is refused, and never stored as it is.
import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import type { RequestHandler } from 'express'
import { FloeError } from '../protocol/errors.ts'

/** Names by which clients may address a listener besides localhost and IP addresses; `*` for all. */
export type AllowedHosts = '*' | readonly string[]

const QUOTED_CHARACTERS_MAX = 200

/**
 * Makes the target of a request a path. A client may send an absolute URL, as to a proxy (RFC 9112 §3.2.2); its host then replaces
 * that of the Host header.
 * @returns why the target has no path; undefined: it has one
 */
export function targetError(request: IncomingMessage): FloeError | undefined {
  const target = request.url ?? ''
  if (target.startsWith('/')) return undefined
  const url = URL.canParse(target) ? new URL(target) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') {
    request.headers.host = url.host
    request.url = `${url.pathname}${url.search}`
    return undefined
  }
  const got = `${request.method} ${target.slice(0, QUOTED_CHARACTERS_MAX)}`
  return new FloeError('malformed', `Expected a path that begins with a slash, got ${got}.`)
}

/** Refuses requests that no route may see. @throws FloeError `wrong-host`, `write-by-page`, `unsupported-encoding` */
export function refuseUnwelcome(host: string, allowed: AllowedHosts = []): RequestHandler {
  const isAllowed = hostRule(host, allowed)
  return (request, response, next) => {
    // Batches alone can be stored by caches, and their routes say so.
    response.set('cache-control', 'no-store')
    checkHost(request, isAllowed)
    checkOrigin(request)
    const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? ''
    if (encoding !== '' && encoding !== 'identity') {
      response.set('accept-encoding', 'identity')
      throw new FloeError(
        'unsupported-encoding',
        `Expected a body without Content-Encoding, got ${encoding}.`,
        {
          remedy: 'Send the bytes as they are.',
        },
      )
    }
    next()
  }
}

/** A loopback address serves only this machine, so a request for another name was led here by DNS. Elsewhere names are checked on demand. */
function hostRule(listener: string, allowed: AllowedHosts): (host: string) => boolean {
  if (allowed === '*' || (allowed.length === 0 && !isLoopback(listener))) return () => true
  const names = new Set([listener, ...allowed].map((name) => name.toLowerCase()))
  // A page has the host that the browser requested. A page of an IP address is one of that address itself.
  return (host) => isIP(host) !== 0 || /^(.+\.)?localhost$/.test(host) || names.has(host)
}

function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|::1|::ffff:127(\.\d{1,3}){3})$/i.test(host)
}

function checkHost(request: IncomingMessage, isAllowed: (host: string) => boolean): void {
  const header = request.headers.host
  // Only clients of HTTP/1.0 send none. Browsers always do.
  if (header === undefined) return
  const [, bracketed, plain = ''] = /^(?:\[([^\]]*)\]|([^:]*))(?::\d*)?$/.exec(header.trim()) ?? []
  if (isAllowed((bracketed ?? plain).toLowerCase().replace(/\.$/, ''))) return
  const got = header.slice(0, QUOTED_CHARACTERS_MAX)
  throw new FloeError(
    'wrong-host',
    `Expected the Host localhost, an IP address or a configured name, got ${got}.`,
    {
      remedy: 'Use such a name, or add this one to --allowed-hosts.',
    },
  )
}

/**
 * A browser sends some writes without asking first, and only hides their responses from the page, so the server must refuse them
 * itself. Browsers mark writes by pages with Origin, and newer ones every request with Sec-Fetch-Site. Comparing the origin with the
 * Host header would not do: a page whose name is made to resolve to this machine has both alike (DNS rebinding).
 */
function checkOrigin({ method = '', headers }: IncomingMessage): void {
  if (['GET', 'HEAD', 'OPTIONS'].includes(method)) return
  const site = headers['sec-fetch-site'] ?? 'none'
  if (headers.origin === undefined && site === 'none') return
  throw new FloeError(
    'write-by-page',
    `Expected a write by a program, got one by a page (Origin ${headers.origin ?? 'none'}, Sec-Fetch-Site ${String(site)}).`,
    { remedy: 'Send it from a program that is not a browser.' },
  )
}
