import { AddressRefused } from './guarded-lookup.ts'

/** Why nothing was delivered, in words for people; never with a secret, an address' path or a query in it. */
export class SendFailure extends Error {
  override name = 'SendFailure'
}

const words: Record<string, string> = {
  ENOTFOUND: 'its name does not resolve',
  EAI_AGAIN: 'its name cannot be resolved now',
  ECONNREFUSED: 'it refuses the connection',
  ECONNRESET: 'it closed the connection',
  EPIPE: 'it closed the connection',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'there is no way to it',
  ENETUNREACH: 'there is no way to it',
  UND_ERR_SOCKET: 'it closed the connection',
  UND_ERR_CONNECT_TIMEOUT: 'it does not take the connection',
  UND_ERR_HEADERS_TIMEOUT: 'it does not answer',
  UND_ERR_BODY_TIMEOUT: 'its answer does not end',
  HPE_INVALID_CONSTANT: 'what it answers is not HTTP',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is signed by nobody this server trusts',
  SELF_SIGNED_CERT_IN_CHAIN: 'its certificate is signed by nobody this server trusts',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its certificate is signed by nobody this server trusts',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its certificate is signed by nobody this server trusts',
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : ''

/** What went wrong with this host, from an error of a socket or of undici. An unknown one is told by its code alone. */
export function failureOf(host: string, error: unknown): SendFailure {
  if (error instanceof SendFailure) return error
  if (error instanceof AddressRefused) return new SendFailure(error.message)
  // Several addresses were tried: the first says as much as any.
  if (error instanceof AggregateError && error.errors.length > 0) return failureOf(host, error.errors[0])
  if (error instanceof Error && /^(TimeoutError|AbortError)$/.test(error.name))
    return new SendFailure(`${host}: no answer within 10 s.`)
  const code = codeOf(error)
  if (words[code]) return new SendFailure(`${host}: ${words[code]}.`)
  if (error instanceof Error && error.cause) return failureOf(host, error.cause)
  return new SendFailure(`${host}: nothing could be sent${code ? ` (${code})` : ''}.`)
}
