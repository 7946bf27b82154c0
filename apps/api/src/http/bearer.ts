import type { FastifyRequest } from 'fastify'

/** What a request gives as its bearer token, or null. A page cannot make a browser send one, as it can a cookie. */
export function bearerOf({ headers }: Pick<FastifyRequest, 'headers'>): string | null {
  const header = headers.authorization ?? ''
  return header.startsWith('Bearer ') ? header.slice(7) : null
}
