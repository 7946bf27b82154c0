import type { Permission, Viewer } from '@graftwatch/contract'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import type { Deps } from '../deps.ts'
import type { Principal } from '../people/auth.ts'
import { leastRole } from '../people/permissions.ts'
import { bearerOf } from './bearer.ts'
import { ProblemError } from './problem.ts'

/** Who may call a route: anybody, a host with its key, or whoever has this permission. */
export type Access = 'public' | 'host' | Permission

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
  interface FastifyRequest {
    /** The host whose key this request carries; 0 on routes of people. */
    hostId: number
    /** Who asks; null on routes of hosts and of everybody. */
    viewer: Principal | null
  }
}

async function requireHost(request: FastifyRequest, { keys }: Pick<Deps, 'keys'>): Promise<void> {
  const hostId = await keys.authenticate(bearerOf(request) ?? '')
  if (hostId === null)
    throw new ProblemError('HOST_KEY_INVALID', {
      detail: 'This host key was never given out, or it was replaced or removed.',
      remedy: 'Enroll the host again: graftwatch-agent enroll with a new token.',
      fields: [{ field: 'authorization', message: 'must be Bearer and a host key' }],
    })
  request.hostId = hostId
}

/** Neither a session nor a key of ours: says which of the two was tried. */
const unknownCaller = (hasKey: boolean) =>
  hasKey
    ? new ProblemError('API_KEY_INVALID', {
        detail: 'This API key was never given out, has expired or was revoked.',
        remedy: 'Ask an admin for a new one: POST /v1/api-keys.',
        fields: [{ field: 'authorization', message: 'must be Bearer and an API key' }],
      })
    : new ProblemError('NOT_SIGNED_IN', {
        detail: 'This address is for people who are signed in, and for programs with an API key.',
        remedy: 'Sign in on the dashboard, or with POST /v1/auth/sign-in/email.',
      })

/** What one is told who may not: a person the role it takes, a program the scope. */
export const forbidden = (needed: Permission, { role }: Pick<Viewer, 'role'>) =>
  new ProblemError('FORBIDDEN', {
    detail:
      role === null
        ? `This needs the scope ${needed}, which this API key does not have.`
        : `This needs the role ${leastRole[needed]}; yours is ${role}.`,
    remedy: role === null ? 'Use a key that has the scope.' : 'Ask an admin to do it, or for the role.',
  })

async function requirePermission(
  request: FastifyRequest,
  needed: Permission,
  { auth, config }: Pick<Deps, 'auth' | 'config'>,
): Promise<void> {
  const hasKey = bearerOf(request) !== null
  if (!hasKey) requireOwnOrigin(request, config.trustedOrigins)
  const viewer = await auth.viewerOf(request)
  if (!viewer) throw unknownCaller(hasKey)
  if (!viewer.permissions.includes(needed)) throw forbidden(needed, viewer)
  request.viewer = viewer
}

/** A page of another site may send a signed-in browser here; only our own origins may change anything. */
function requireOwnOrigin(request: FastifyRequest, trusted: readonly string[]): void {
  const { origin } = request.headers
  if (request.method === 'GET' || request.method === 'HEAD' || origin === undefined) return
  if (trusted.includes(origin)) return
  throw new ProblemError('ORIGIN_NOT_TRUSTED', {
    detail: 'The request comes from a page of another origin.',
    remedy: 'Open the dashboard at GRAFTWATCH_BASE_URL, or set that to the address you use.',
    fields: [{ field: 'origin', message: 'must be the origin of the dashboard' }],
  })
}

/** Decides before any body is read. A route that does not say who may call it stops the start. */
export const access = plugin(
  async (app: FastifyInstance, deps: Pick<Deps, 'keys' | 'auth' | 'config'>) => {
    app.decorateRequest('hostId', 0)
    app.decorateRequest('viewer', null)
    app.addHook('onRoute', ({ url, config }) => {
      // Plugins of others bring files and nothing else.
      if (!config?.access && !url.startsWith('/docs'))
        throw new Error(`${url} does not say who may call it: set config.access`)
    })
    app.addHook('onRequest', async (request: FastifyRequest, _reply: FastifyReply) => {
      const needed = request.routeOptions.config.access ?? 'public'
      if (needed === 'host') return await requireHost(request, deps)
      if (needed !== 'public') return await requirePermission(request, needed, deps)
      // Signing in, too: a foreign page could otherwise sign its visitor in as somebody else.
      requireOwnOrigin(request, deps.config.trustedOrigins)
    })
  },
  { name: 'access' },
)
