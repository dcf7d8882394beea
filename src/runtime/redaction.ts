// Keeps the secrets of configured URLs inside the process. Providers put their keys into the path or the query of an endpoint, and
// some repeat them in their errors: a secret is replaced before a text leaves the process, also one that an endpoint sends.
//
// The name of the host is not a secret: operators need it to find what is wrong.

/** Stands where a secret was. */
const REDACTED = '[redacted]'

/** Shorter parts of a path, such as `v2`, are no secrets; replacing them would make texts unreadable. */
const PART_CHARACTERS_MIN = 4
/** A path as a whole, or a password, of fewer characters would be found in every text. */
const SECRET_CHARACTERS_MIN = 3
/** Words of paths and queries that are not keys, and that occur in errors. */
const PLAIN_WORDS = new Set(
  (
    'admin api archive arbitrum base beacon block blocks chain data devnet erigon ethereum execution full geth goerli holesky ' +
    'hoodi http https json jsonrpc json-rpc l1 latest local localhost main mainnet node nodes optimism polygon prod production ' +
    'proxy public reth rpc sepolia test testnet true user version web3'
  ).split(' '),
)

export class Redactor {
  readonly #pattern: RegExp | undefined

  /** @param urls with or without secrets; a text that is no URL is a secret as a whole */
  constructor(urls: readonly string[]) {
    const secrets = [...new Set(urls.flatMap(secretsOf).flatMap(spellingsOf))]
    // A secret that contains another one must be found first.
    const longestFirst = secrets.sort((a, b) => b.length - a.length).map(escaped)
    this.#pattern = longestFirst.length === 0 ? undefined : new RegExp(longestFirst.join('|'), 'gi')
  }

  /** The text without the secrets. */
  text(text: string): string {
    return this.#pattern === undefined ? text : text.replace(this.#pattern, REDACTED)
  }
}

/** The path, the query and the credentials of a URL, whole and in their parts. */
function secretsOf(text: string): string[] {
  if (!URL.canParse(text)) return isPlain(text) ? [] : [text]
  const { pathname, search, hash, username, password } = new URL(text)
  const path = pathname.replace(/^\/+|\/+$/g, '')
  const queries = [search.slice(1), hash.slice(1)]
  // The name of a parameter is no secret, unless it has no value.
  const values = queries
    .flatMap((query) => query.split('&'))
    .map((pair) => /^[^=]+=(.+)$/.exec(pair)?.[1] ?? pair)
  const parts = [...path.split('/'), ...values, username].filter((part) => part.length >= PART_CHARACTERS_MIN)
  const credentials =
    username === '' && password === ''
      ? []
      : [`${username}:${password}`, basicAuthorization(username, password)]
  const all = [path, ...queries, ...parts].filter((part) => !isPlain(part))
  return [...all, ...credentials, password].filter((secret) => secret.length >= SECRET_CHARACTERS_MIN)
}

/** Whether a text has nothing but words that say nothing. */
function isPlain(text: string): boolean {
  return decoded(text)
    .toLowerCase()
    .split(/[/&=]/)
    .every((word) => word === '' || PLAIN_WORDS.has(word) || /^v\d+$/.test(word))
}

/** As the header `Authorization` has it. */
function basicAuthorization(username: string, password: string): string {
  return btoa(String.fromCodePoint(...new TextEncoder().encode(`${decoded(username)}:${decoded(password)}`)))
}

/** As it stands in the URL, decoded, and encoded as a value. */
function spellingsOf(secret: string): string[] {
  const plain = decoded(secret)
  return [
    secret,
    plain,
    encodeURIComponent(plain),
    encodeURIComponent(secret),
    JSON.stringify(plain).slice(1, -1),
  ]
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function escaped(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
