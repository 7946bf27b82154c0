import { BlockList, isIP } from 'node:net'
import { Failure } from './failure.ts'

/** How the server is reached. */
export interface Network {
  /** PEM file of the authorities to trust in place of the runtime's own; null for those. */
  caFile: string | null
  /** The proxy to go through; null goes straight. May hold credentials: never print it whole. */
  proxy: URL | null
}

export const directNetwork: Network = { caFile: null, proxy: null }

type Environment = Readonly<Record<string, string | undefined>>

/**
 * How `url` is reached by what the environment says: GRAFTWATCH_CA_FILE, and HTTPS_PROXY, HTTP_PROXY and NO_PROXY as curl and
 * most other programs know them, in either case. Throws Failure (usage) that names the variable; never shows credentials.
 */
export function networkFor(url: string, environment: Environment): Network {
  const target = new URL(url)
  const named = (name: string): string =>
    (environment[name.toLowerCase()] || environment[name.toUpperCase()] || '').trim()
  const name = target.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const proxy = parseProxy(named(name), name)
  return {
    caFile: environment.GRAFTWATCH_CA_FILE || null,
    proxy: proxy !== null && !isDirect(target, named('NO_PROXY')) ? proxy : null,
  }
}

function parseProxy(value: string, name: string): URL | null {
  if (value === '') return null
  let proxy: URL | null = null
  try {
    proxy = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`)
  } catch {}
  if (proxy === null || !/^https?:$/.test(proxy.protocol) || proxy.hostname === '') {
    throw new Failure(
      `${name} must be an http or https URL of a proxy, such as http://proxy.example.com:3128.`,
      2,
    )
  }
  if (/%(?![0-9a-f]{2})/i.test(proxy.username + proxy.password))
    throw new Failure(`${name}: the user or the password holds a bare %; write it as %25.`, 2)
  return proxy
}

/** Whether NO_PROXY names the target: `*`, a name or one of its parents, an address or a range, each with an optional port. */
export function isDirect(target: URL, noProxy: string): boolean {
  const host = target.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  const port = target.port || (target.protocol === 'https:' ? '443' : '80')
  return noProxy
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      if (entry === '*') return true
      const [, name = '', only] = /^(\[[^\]]*\]|[^:]*|.*:.*:.*?)(?::(\d+))?$/.exec(entry) ?? []
      if (only !== undefined && only !== port) return false
      return matches(host, name.replace(/^\[|\]$/g, ''))
    })
}

function matches(host: string, name: string): boolean {
  if (isIP(host) === 0) {
    const parent = name.replace(/^\*?\./, '')
    return parent !== '' && (host === parent || host.endsWith(`.${parent}`))
  }
  const [address = '', bits] = name.split('/')
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
  if (isIP(address) === 0) return false
  const listed = new BlockList()
  try {
    if (bits === undefined) listed.addAddress(address, family)
    else listed.addSubnet(address, Number(bits), family)
  } catch {
    return false
  }
  return listed.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4')
}
