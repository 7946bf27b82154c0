import { timingSafeEqual } from 'node:crypto'
import { problem, setupRequest, setupStatus, viewer } from '@graftwatch/contract'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Deps } from '../deps.ts'
import { databaseUnavailable, ProblemError } from '../http/problem.ts'
import { Tries } from '../http/tries.ts'
import { digestOf } from '../ingest/secrets.ts'
import { accountDisabled } from './auth.ts'
import { endSession } from './end-session.ts'

type Needs = Pick<Deps, 'auth' | 'config' | 'pool'>

/** better-auth speaks web requests; this is the same request in those words. */
function toWebRequest(request: FastifyRequest, baseUrl: string): Request {
  const headers = new Headers()
  for (const [name, value] of Object.entries(request.headers))
    if (value !== undefined && name !== 'content-length' && name !== 'x-graftwatch-client')
      headers.append(name, Array.isArray(value) ? value.join(', ') : value)
  headers.set('x-graftwatch-client', request.ip)
  const hasBody = request.method !== 'GET' && request.body !== undefined && request.body !== null
  return new Request(new URL(request.url, baseUrl), {
    method: request.method,
    headers,
    body: hasBody ? JSON.stringify(request.body) : null,
  })
}

/** The session is in the cookie, which scripts cannot read; the body must not hold it a second time. */
function withoutToken(body: string): string {
  try {
    const { token: _token, ...rest } = JSON.parse(body)
    return JSON.stringify(rest)
  } catch {
    return body
  }
}

const tooManyTries = (retryAfterSeconds: number) =>
  new ProblemError('TOO_MANY_REQUESTS', {
    detail: 'Too many tries to sign in from this address or with this e-mail address.',
    remedy: 'Wait a minute, then try again.',
    retryAfterSeconds,
  })

/** As better-auth compares it; cut to what an address may have, since it is kept as a key. */
function emailOf(body: unknown): string {
  const isObject = typeof body === 'object' && body !== null && 'email' in body
  return isObject && typeof body.email === 'string' ? body.email.toLowerCase().slice(0, 254) : ''
}

/** better-auth's refusals in the words of the contract. Its own failures are failures of the database, which is all it uses. */
function refusalOf(status: number, retryAfter: string | null, body: string): ProblemError {
  if (status >= 500) return databaseUnavailable(new Error(`better-auth answered ${status}`))
  if (status === 429) return tooManyTries(Number(retryAfter ?? 60) || 60)
  if (status === 403 && body.includes(`"${accountDisabled}"`))
    return new ProblemError('ACCOUNT_DISABLED', {
      detail: 'An admin has disabled this account.',
      remedy: 'Ask an admin to enable it.',
    })
  if (status === 403)
    return new ProblemError('ORIGIN_NOT_TRUSTED', {
      detail: 'The request comes from a page of another origin.',
      remedy: 'Open the dashboard at GRAFTWATCH_BASE_URL, or set that to the address you use.',
      fields: [{ field: 'origin', message: 'must be the origin of the dashboard' }],
    })
  if (status === 401)
    return new ProblemError('SIGN_IN_FAILED', {
      detail: 'The e-mail address and the password do not belong together.',
      remedy: 'Check both; the password has at least 12 characters.',
      fields: [{ field: '/password', message: 'or /email is wrong' }],
    })
  return new ProblemError('INVALID_INPUT', {
    detail: 'The request does not hold an e-mail address and a password.',
    remedy: 'Send {"email": …, "password": …}.',
    fields: [{ field: '/email', message: 'or /password is missing or malformed' }],
  })
}

async function sendWeb(response: Response, reply: FastifyReply): Promise<FastifyReply> {
  const body = await response.text()
  if (response.status >= 400) throw refusalOf(response.status, response.headers.get('x-retry-after'), body)
  reply.code(response.status)
  for (const [name, value] of response.headers) if (name !== 'set-cookie') reply.header(name, value)
  for (const cookie of response.headers.getSetCookie()) reply.header('set-cookie', cookie)
  const type = response.headers.get('content-type') ?? 'application/json'
  return reply.type(type).serializer(String).send(withoutToken(body))
}

function isSameCode(given: string, expected: string | null): boolean {
  return expected !== null && timingSafeEqual(digestOf(given), digestOf(expected))
}

const setupDone = () =>
  new ProblemError('SETUP_DONE', {
    detail: 'An admin exists already; the set-up code is used up.',
    remedy: 'Sign in. If nobody can, see "Lost admin" in the README.',
  })

export async function people(app: FastifyInstance, deps: Needs): Promise<void> {
  const routes = app.withTypeProvider<ZodTypeProvider>()
  const { auth, config, pool } = deps
  const setupTries = new Tries(30)
  // Beside better-auth's limit by address. Guesses at one password can come from many, and one guesser must not shut out who knows it:
  // few from one address, and far more from all together.
  const signInTries = new Tries(10)
  const signInTriesOfAll = new Tries(100)

  app.post(
    '/v1/auth/sign-in/email',
    { config: { access: 'public' }, schema: { tags: ['people'], summary: 'better-auth: sign-in/email' } },
    async (request, reply) => {
      const email = emailOf(request.body)
      const here = `${request.ip} ${email}`
      const waitSeconds = signInTries.take(here) || signInTriesOfAll.take(email)
      if (waitSeconds > 0) throw tooManyTries(waitSeconds)
      const response = await auth.handle(toWebRequest(request, config.baseUrl))
      // Whoever knows the password is not guessing it.
      if (response.ok) {
        signInTries.giveBack(here)
        signInTriesOfAll.giveBack(email)
      }
      return await sendWeb(response, reply)
    },
  )

  app.post(
    '/v1/auth/sign-out',
    { config: { access: 'public' }, schema: { tags: ['people'], summary: 'better-auth: sign-out' } },
    async (request, reply) => {
      // Of a session, whatever key the request carries beside it.
      const { authorization: _key, ...headers } = request.headers
      const viewer = await auth.viewerOf({ headers })
      // Ended here, with its audit entry; better-auth then only takes the cookie back.
      if (viewer?.sessionId) await endSession(pool, { viewer, ip: request.ip }, viewer.sessionId)
      return await sendWeb(await auth.handle(toWebRequest(request, config.baseUrl)), reply)
    },
  )

  routes.get(
    '/v1/me',
    {
      config: { access: 'me:read' },
      schema: {
        tags: ['people'],
        summary: 'Who asks, and what they may do',
        response: { 200: viewer, 401: problem },
      },
    },
    async (request) => {
      if (!request.viewer) throw new Error('access let nobody through')
      const { id, email, name, role, permissions } = request.viewer
      return { id, email, name, role, permissions }
    },
  )

  routes.get(
    '/v1/setup',
    {
      config: { access: 'public' },
      schema: {
        tags: ['people'],
        summary: 'Whether the first admin is still to be created',
        response: { 200: setupStatus },
      },
    },
    async () => ({ needed: !(await auth.hasUsers()) }),
  )

  routes.post(
    '/v1/setup',
    {
      config: { access: 'public', rateLimit: { max: 10, timeWindow: 60_000 } },
      schema: {
        tags: ['people'],
        summary: 'Create the first admin with the one-time code, and sign in',
        body: setupRequest,
        response: { 401: problem, 409: problem },
      },
    },
    async (request, reply) => {
      const { code, email, password, name } = request.body
      const waitSeconds = setupTries.take('everybody')
      if (waitSeconds > 0)
        throw new ProblemError('TOO_MANY_REQUESTS', {
          detail: 'Too many tries to set up this server, from all addresses together.',
          remedy: 'Wait as long as Retry-After says.',
          retryAfterSeconds: waitSeconds,
        })
      // Before any connection is held: whoever guesses must not cost those who report.
      if (await auth.hasUsers()) throw setupDone()
      if (!isSameCode(code, config.setupCode))
        throw new ProblemError('SETUP_CODE_INVALID', {
          detail: 'This is not the set-up code of the running server.',
          remedy: 'Open the link that the last start of Graftwatch printed in its terminal.',
          fields: [{ field: '/code', message: 'does not match' }],
        })
      if (!(await auth.createFirstAdmin({ email, password, name }, request.ip))) throw setupDone()
      const signIn = new Request(new URL('/v1/auth/sign-in/email', config.baseUrl), {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          origin: config.baseUrl,
          'x-graftwatch-client': request.ip,
          'user-agent': request.headers['user-agent'] ?? '',
        },
        body: JSON.stringify({ email, password }),
      })
      return sendWeb(await auth.handle(signIn), reply)
    },
  )
}
