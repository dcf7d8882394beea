// The tokens with which Nitro's client authenticates: JWT by HS256 over a shared secret of 32 bytes, a new one for each request
// (go-ethereum, node/jwt_handler.go). A token is valid for a minute around the time at which it was issued.
import { readFile } from 'node:fs/promises'
import { type JWTPayload, jwtVerify } from 'jose'
import { FloeError } from '../../protocol/errors.ts'
import { type Clock, currentDate, unixSeconds } from '../../runtime/clock.ts'

const SECRET_BYTES = 32
const ISSUED_SECONDS_MAX = 60
const TOKEN_CHARACTERS_MAX = 4_096

/** The secret in a file of 64 hexadecimal digits, as go-ethereum writes it. @throws FloeError `configuration`, which never quotes it */
export async function readJwtSecret(path: string): Promise<Uint8Array> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new FloeError('configuration', `Cannot read the JWT secret in ${path}: ${String(error)}.`, {
      cause: error,
    })
  })
  const digits = text.trim().replace(/^0x/, '')
  if (/^[0-9a-fA-F]{64}$/.test(digits)) return Uint8Array.from(Buffer.from(digits, 'hex'))
  throw new FloeError('configuration', `Expected ${SECRET_BYTES} bytes of hexadecimal in ${path}.`, {
    remedy: 'openssl rand -hex 32 makes a secret; Nitro gets the same file as rpc.jwtsecret.',
  })
}

/** @param header the Authorization header @throws FloeError `unauthorized` */
export async function checkJwt(secret: Uint8Array, header: string | undefined, clock: Clock): Promise<void> {
  const token = /^Bearer ([\w.-]+)$/.exec(header ?? '')?.[1]
  if (token === undefined || token.length > TOKEN_CHARACTERS_MAX)
    throw unauthorized('Expected a token in the header Authorization: Bearer …, got none.')
  const now = unixSeconds(clock)
  const { payload } = await jwtVerify(token, secret, {
    algorithms: ['HS256'],
    currentDate: currentDate(clock),
  }).catch((error: unknown) => {
    throw unauthorized(
      'Expected a valid token, got one that is not signed with the secret or has expired.',
      error,
    )
  })
  checkIssued(payload, now)
}

function checkIssued({ iat }: JWTPayload, now: number): void {
  if (iat === undefined) throw unauthorized('Expected a token with the time at which it was issued (iat).')
  if (Math.abs(now - iat) > ISSUED_SECONDS_MAX) {
    throw unauthorized(
      `Expected a token that was issued within ${ISSUED_SECONDS_MAX} seconds, got one of ${iat}, it is ${now} now. ` +
        'Set the clocks of both machines.',
    )
  }
}

function unauthorized(message: string, cause?: unknown): FloeError {
  return new FloeError('unauthorized', message, { cause })
}
