import { hash } from 'node:crypto'
import type { BetterAuthPlugin, Where } from 'better-auth'

interface SessionQuery {
  model: string
  data?: Record<string, unknown>
  where?: Where[]
}

/**
 * Keeps SHA-256 digests of session tokens in the table instead of the tokens, for which better-auth has no option: each query
 * for sessions is asked with digests, and its rows come back with the tokens that were asked for, which better-auth goes on with.
 */
function withDigests<Adapter extends object>(adapter: Adapter): Adapter {
  return new Proxy(adapter, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name)
      if (typeof method !== 'function') return method
      if (name === 'transaction')
        return (work: (inner: object) => unknown) => method((inner: object) => work(withDigests(inner)))
      return async (query: SessionQuery, ...rest: unknown[]) => {
        if (query?.model !== 'session') return await method(query, ...rest)
        const tokens = new Map<unknown, string>()
        const digestOf = (value: unknown): unknown => {
          if (Array.isArray(value)) return value.map(digestOf)
          if (typeof value !== 'string') return value
          const digest = hash('sha256', value)
          tokens.set(digest, value)
          return digest
        }
        const { data, where } = query
        const found: unknown = await method(
          {
            ...query,
            ...(data && 'token' in data && { data: { ...data, token: digestOf(data.token) } }),
            ...(where && {
              where: where.map((each) =>
                each.field === 'token' ? { ...each, value: digestOf(each.value) } : each,
              ),
            }),
          },
          ...rest,
        )
        for (const row of [found].flat())
          if (typeof row === 'object' && row !== null && 'token' in row)
            row.token = tokens.get(row.token) ?? row.token
        return found
      }
    },
  })
}

/** better-auth builds everything that touches sessions on the adapter that this puts into its context. */
export const sessionDigests = {
  id: 'session-digests',
  init: ({ adapter }) => ({ context: { adapter: withDigests(adapter) } }),
} satisfies BetterAuthPlugin
