import ipaddr from 'ipaddr.js'

/** `private`: only where a channel says that it may. `never`: nothing a message could be sent to. */
export type Reach = 'public' | 'private' | 'never'

const privateRanges = new Set([
  'private',
  'loopback',
  'linkLocal',
  'uniqueLocal',
  'carrierGradeNat',
  'deprecatedSiteLocal',
])

const reachOfRange = (range: string): Reach => {
  if (range === 'unicast') return 'public'
  return privateRanges.has(range) ? 'private' : 'never'
}

/** The IPv4 address that 32 bits of an IPv6 address stand for. */
const embedded = (parts: readonly number[], at: number): string => {
  const [high = 0, low = 0] = parts.slice(at, at + 2)
  return [high >> 8, high & 255, low >> 8, low & 255].join('.')
}

/**
 * How far an IP address reaches. IPv6 addresses that carry an IPv4 one (mapped, NAT64, 6to4) reach as far as that. Text that is no
 * address, and every special range we do not know, is `never`. Source: IANA's special-purpose registries, as ipaddr.js has them.
 */
export function reachOf(text: string): Reach {
  const plain = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '')
  if (!ipaddr.isValid(plain)) return 'never'
  const address = ipaddr.process(plain)
  const range: string = address.range()
  if (address instanceof ipaddr.IPv4) return reachOfRange(range)
  const { parts } = address
  // Local-use NAT64 prefixes lead into a network of one's own, whatever the rest says.
  if (range === 'rfc6052') return parts[2] === 0 ? reachOf(embedded(parts, 6)) : 'private'
  if (range === '6to4') return reachOf(embedded(parts, 1))
  // ::a.b.c.d, given up long ago, and what else lies in ::/96 but ::1.
  if (range === 'unicast' && parts.slice(0, 6).every((part) => part === 0)) return 'never'
  return reachOfRange(range)
}
