// Which addresses a process connects to when others name the host. The committee's endpoints are on L1, written by its operators:
// without a rule, one of them could point a sidecar at the services of its own network.
//
// The rule is applied to the address of each connection, after the name is resolved. A name that is checked first and resolved again
// for the connection could have another address by then (DNS rebinding).
import { lookup as resolveHost } from 'node:dns'
import { BlockList, type LookupFunction, isIP } from 'node:net'
import { buildConnector } from 'undici'

/** `local`: link-local addresses, those of cloud metadata, multicast, and whatever else is not a host of a network. */
export type AddressScope = 'public' | 'private' | 'loopback' | 'local'

export type AddressRule = ReadonlySet<AddressScope>

/** `public`: only hosts of the internet. `private`: private networks and this machine as well. `any`: all. */
export type OperatorAddresses = 'public' | 'private' | 'any'

const RULES: Readonly<Record<OperatorAddresses, AddressRule>> = {
  public: new Set<AddressScope>(['public']),
  private: new Set<AddressScope>(['public', 'private', 'loopback']),
  any: new Set<AddressScope>(['public', 'private', 'loopback', 'local']),
}

const SUBNETS: readonly (readonly [AddressScope, readonly string[]])[] = [
  // Metadata services of clouds that are not link-local come first: their networks are private otherwise.
  ['local', ['100.100.100.200/32', 'fd00:ec2::254/128', '192.0.0.192/32', 'fd20:ce::254/128']],
  ['loopback', ['127.0.0.0/8', '::1/128']],
  ['private', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7', 'fec0::/10']],
  [
    'local',
    ['0.0.0.0/8', '169.254.0.0/16', '192.0.0.0/24', '192.0.2.0/24', '198.18.0.0/15', '198.51.100.0/24'],
  ],
  [
    'local',
    ['203.0.113.0/24', '224.0.0.0/3', '::/128', 'fe80::/10', 'ff00::/8', '100::/64', '2001:db8::/32'],
  ],
]

const LISTS: readonly (readonly [AddressScope, BlockList])[] = SUBNETS.map(([scope, subnets]) => {
  const list = new BlockList()
  for (const subnet of subnets) {
    const [network = '', bits] = subnet.split('/')
    list.addSubnet(network, Number(bits), familyOf(network))
  }
  return [scope, list]
})

/** The scope of an IP address, as it is written in a URL without brackets. */
export function scopeOf(address: string): AddressScope {
  const plain = address.replace(/%.*$/, '')
  if (isIP(plain) === 0) return 'local'
  const embedded = embeddedIpv4(plain)
  if (embedded !== undefined) return scopeOf(embedded)
  return LISTS.find(([, list]) => list.check(plain, familyOf(plain)))?.[0] ?? 'public'
}

/**
 * The rule of a setting. When it is left out: hosts of the internet, and those that are as near as L1. A network on one machine,
 * or in a private network, has its L1 endpoints there too.
 */
export async function addressRuleOf(
  setting: OperatorAddresses | undefined,
  rpcUrls: readonly string[],
): Promise<AddressRule> {
  if (setting !== undefined) return RULES[setting]
  const scopes = await Promise.all(rpcUrls.map(async (url) => scopesOfHost(new URL(url).hostname)))
  const all = scopes.flat()
  const shared = (['private', 'loopback'] as const).filter((scope) => all.every((each) => each === scope))
  return new Set<AddressScope>(['public', ...(all.length > 0 ? shared : [])])
}

type Connector = ReturnType<typeof buildConnector>
type ConnectorOptions = NonNullable<Parameters<typeof buildConnector>[0]>

/** Connects only to addresses that the rule allows. @param resolve for tests */
export function guardedConnector(
  rule: AddressRule,
  options: ConnectorOptions,
  resolve: typeof resolveHost = resolveHost,
): Connector {
  const guarded = { ...options, lookup: guardedLookup(rule, resolve) } as ConnectorOptions
  const connect = buildConnector(guarded)
  return (target, callback) => {
    const host = hostOf(target.hostname)
    // Node does not look up what is an address already.
    if (isIP(host) !== 0 && !rule.has(scopeOf(host))) callback(refusal(host, [host]), null)
    else connect(target, callback)
  }
}

function guardedLookup(rule: AddressRule, resolve: typeof resolveHost): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, '')
      const allowed = found.filter(({ address }) => rule.has(scopeOf(address)))
      const [first] = allowed
      if (first === undefined) {
        return callback(
          refusal(
            hostname,
            found.map(({ address }) => address),
          ),
          '',
        )
      }
      if (options.all === true) return callback(null, allowed)
      return callback(null, first.address, first.family)
    })
  }
}

/** The address itself is not told: it would tell others what a name is in the network of this process. */
function refusal(host: string, addresses: readonly string[]): Error {
  const scopes = [...new Set(addresses.map(scopeOf))].join(' and ')
  return new Error(
    `expected an endpoint at an address that is allowed, ${host} has a ${scopes} one; --operator-addresses allows others`,
  )
}

async function scopesOfHost(hostname: string): Promise<AddressScope[]> {
  const host = hostOf(hostname)
  if (isIP(host) !== 0) return [scopeOf(host)]
  return new Promise((resolve) => {
    resolveHost(host, { all: true }, (error, found) =>
      resolve(error === null ? found.map(({ address }) => scopeOf(address)) : ['public']),
    )
  })
}

/** The host of a URL without the brackets around an IPv6 address. */
function hostOf(hostname: string): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4'
}

/** The IPv4 address in one that is mapped to IPv6 (RFC 4291), translated (RFC 6052), or tunnelled (6to4). */
function embeddedIpv4(address: string): string | undefined {
  if (isIP(address) !== 6) return undefined
  const { hostname } = new URL(`http://[${address}]`)
  const groups = groupsOf(hostOf(hostname))
  const prefix = groups.slice(0, 6).join(':')
  const mapped = ['0:0:0:0:0:65535', '0:0:0:0:0:0', '100:65435:0:0:0:0'].includes(prefix)
  const isPlain = groups.slice(0, 6).every((group) => group === 0) && (groups[6] ?? 0) === 0
  if (mapped && !isPlain) return ipv4Of(groups[6], groups[7])
  return groups[0] === 0x2002 ? ipv4Of(groups[1], groups[2]) : undefined
}

/** The eight numbers of an IPv6 address in its shortest form. */
function groupsOf(address: string): number[] {
  const [left = '', right] = address.split('::')
  const numbers = (text: string): number[] =>
    text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16))
  const [head, tail] = [numbers(left), numbers(right ?? '')]
  return [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail]
}

function ipv4Of(high = 0, low = 0): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}
