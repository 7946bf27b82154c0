import type { Permission, Viewer } from '@graftwatch/contract'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import type { Deps } from '../deps.ts'
import { leastRole } from '../people/permissions.ts'
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
    /** Who is signed in; null on routes of hosts and of everybody. */
    viewer: Viewer | null
  }
}

function bearerOf(request: FastifyRequest): string {
  const header = request.headers.authorization ?? ''
  return header.startsWith('Bearer ') ? header.slice(7) : ''
}

async function requireHost(request: FastifyRequest, { keys }: Pick<Deps, 'keys'>): Promise<void> {
  const hostId = await keys.authenticate(bearerOf(request))
  if (hostId === null)
    throw new ProblemError('HOST_KEY_INVALID', {
      detail: 'This host key was never given out, or it was replaced or removed.',
      remedy: 'Enroll the host again: graftwatch-agent enroll with a new token.',
      fields: [{ field: 'authorization', message: 'must be Bearer and a host key' }],
    })
  request.hostId = hostId
}

async function requirePermission(
  request: FastifyRequest,
  needed: Permission,
  { auth }: Pick<Deps, 'auth'>,
): Promise<void> {
  // What changes something, or is for few, asks the database whether the session still is.
  const isFresh = leastRole[needed] !== 'viewer' || (request.method !== 'GET' && request.method !== 'HEAD')
  const viewer = await auth.viewerOf(request, { isFresh })
  if (!viewer)
    throw new ProblemError('NOT_SIGNED_IN', {
      detail: 'This address is for people who are signed in.',
      remedy: 'Sign in on the dashboard, or with POST /v1/auth/sign-in/email.',
    })
  if (!viewer.permissions.includes(needed))
    throw new ProblemError('FORBIDDEN', {
      detail: `This needs the permission ${needed}, which the role ${leastRole[needed]} has; yours is ${viewer.role}.`,
      remedy: 'Ask an admin to do it, or for the role.',
    })
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
      // Signing in, too: a foreign page could otherwise sign its visitor in as somebody else.
      requireOwnOrigin(request, deps.config.trustedOrigins)
      if (needed === 'public') return
      await requirePermission(request, needed, deps)
    })
  },
  { name: 'access' },
)
