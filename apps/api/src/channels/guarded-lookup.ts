import { type LookupAddress, lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { type Reach, reachOf } from './addresses.ts'

/** The target is an address that this channel may not reach. Its message is for people and names no secret. */
export class AddressRefused extends Error {
  override name = 'AddressRefused'

  constructor(host: string, address: string, reach: Reach) {
    const named = host === address ? host : `${host} (${address})`
    super(
      reach === 'private'
        ? `${named} is a private, loopback or link-local address, and this channel may not reach those.`
        : `${named} is not an address that anything can be sent to.`,
    )
  }
}

const isAllowed = (reach: Reach, allowPrivate: boolean): boolean =>
  reach === 'public' || (reach === 'private' && allowPrivate)

/** Throws AddressRefused for a host that is written as an address and may not be reached; a name is looked at when it is resolved. */
export function checkLiteral(host: string, allowPrivate: boolean): void {
  const plain = host.replace(/^\[|\]$/g, '')
  if (!/^[\d.]+$|:/.test(plain)) return
  const reach = reachOf(plain)
  if (!isAllowed(reach, allowPrivate)) throw new AddressRefused(plain, plain, reach)
}

/** The addresses of a name that may be reached; throws AddressRefused when there are only others. */
export function allowedOf(
  host: string,
  addresses: readonly LookupAddress[],
  allowPrivate: boolean,
): LookupAddress[] {
  const allowed = addresses.filter(({ address }) => isAllowed(reachOf(address), allowPrivate))
  const [first] = addresses
  if (allowed.length === 0 && first) throw new AddressRefused(host, first.address, reachOf(first.address))
  return allowed
}

/**
 * Resolves names for a socket, and hands it only addresses that may be reached. What was checked is what is connected to, so a name
 * that resolves differently the next time gains nothing. Sockets do not ask it for literal addresses: see {@link checkLiteral}.
 */
export function guardedLookup(allowPrivate: boolean): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, '', 0)
      try {
        const allowed = allowedOf(hostname, addresses, allowPrivate)
        if (options.all) return callback(null, allowed)
        callback(null, allowed[0]?.address ?? '', allowed[0]?.family)
      } catch (refused) {
        callback(refused as Error, '', 0)
      }
    })
  }
}
