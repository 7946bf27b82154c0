import type { Network } from './network.ts'

/** A failure of a proxy, apart from one of the server behind it. */
export class ProxyFailure extends Error {
  readonly code: string

  /** `code`: what the proxy answered to CONNECT, or why it could not be asked. */
  constructor(code: string) {
    super(`proxy: ${code}`)
    this.code = code
  }
}

const unknownAuthority = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])

/** What kept a request from its answer, and what to do about it, for a log line. Shows no credentials. */
export function explainTrouble(error: unknown, url: string, network: Network): string {
  const code = codeOf(error)
  const { hostname, host } = new URL(url)
  if (error instanceof ProxyFailure) return explainProxy(code, network)
  if (unknownAuthority.has(code)) {
    return network.caFile === null
      ? `${code}: its certificate is signed by an authority this host does not know; set GRAFTWATCH_CA_FILE to the PEM file of that authority`
      : `${code}: its certificate is not signed by an authority in ${network.caFile}; put the right one there`
  }
  switch (code) {
    case 'CA_FILE':
      return (error as Error).message
    case '101':
      return `${code}: it changes the protocol instead of answering; check GRAFTWATCH_URL, and the proxy or gateway before it`
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${code}: the name ${hostname} cannot be resolved; check GRAFTWATCH_URL and this host's DNS, or set HTTPS_PROXY if a proxy is the way out`
    case 'ECONNREFUSED':
      return `${code}: nothing accepts connections at ${host}; check GRAFTWATCH_URL and that the server runs`
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `${code}: no way to ${host}; check the firewall, or set HTTPS_PROXY if a proxy is the way out`
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `${code}: its certificate is for another name than ${hostname}; check GRAFTWATCH_URL`
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return `${code}: its certificate is not valid at this host's time; check both`
    case 'EPROTO':
    case 'ERR_SSL_WRONG_VERSION_NUMBER':
      return `${code}: ${host} does not speak TLS; check whether GRAFTWATCH_URL should begin with http://`
    default:
      return code
  }
}

function explainProxy(code: string, { proxy }: Network): string {
  const where = `the proxy ${proxy?.host ?? ''}`
  if (code === '407')
    return `407: ${where} wants other credentials; put them into HTTPS_PROXY, http://user:password@host:port`
  if (/^\d+$/.test(code))
    return `${code}: ${where} does not let this host through; allow the server there, or name it in NO_PROXY`
  return `${code}: ${where} cannot be reached; check HTTPS_PROXY, or name the server in NO_PROXY`
}

const codeOf = (error: unknown): string => {
  const { code, name } = error as NodeJS.ErrnoException
  return code ?? name ?? 'unknown error'
}
