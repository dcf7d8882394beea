// Which connections and requests count as those of one client.
import { isIPv4, isIPv6 } from 'node:net'

/** Text from a proxy may be anything. */
const CHARACTERS_MAX = 64
const SUBNET_GROUPS = 4

/** One key for all addresses that one client is likely to have: an IPv4 address, or the 64 bits that a network of IPv6 gets. */
export function clientKey(address: string): string {
  const mapped = /^::ffff:(.*)$/i.exec(address)?.[1] ?? address
  if (isIPv4(mapped) || !isIPv6(address)) return mapped.slice(0, CHARACTERS_MAX)
  const [head = '', tail] = address.toLowerCase().replace(/%.*$/, '').split('::')
  const groups = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? 0 : tail.split(':').length
  const zeros = tail === undefined ? 0 : 8 - groups.length - after
  const all = [...groups, ...Array.from({ length: zeros }, () => '0'), ...(tail ?? '').split(':')]
  return `${all
    .slice(0, SUBNET_GROUPS)
    .map((group) => group.replace(/^0+(?=.)/, ''))
    .join(':')}::/64`
}
