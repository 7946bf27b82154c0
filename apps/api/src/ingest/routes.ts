import {
  enrollRequest,
  enrollResponse,
  type Heartbeat,
  heartbeat,
  ingestAnswer,
  problem,
} from '@graftwatch/contract'
import { Ajv } from 'ajv'
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import * as z from 'zod'
import type { Deps } from '../deps.ts'
import { ProblemError } from '../http/problem.ts'
import { decompressBody } from './decompress.ts'
import { enrollHost } from './enroll.ts'
import { reportRoute } from './report-route.ts'
import { requireSaneSequence } from './sequence.ts'
import { parseStateHash } from './state-hash.ts'

type Needs = Pick<Deps, 'pool' | 'config' | 'keys' | 'heartbeats' | 'reports'>

/** What agents speak. Heartbeats are the hot path: a compiled schema, typed arrays, and an answer that is a plain string. */
export async function ingest(app: FastifyInstance, deps: Needs): Promise<void> {
  app.addHook('preParsing', decompressBody)
  const routes = app.withTypeProvider<ZodTypeProvider>()
  const { heartbeats, keys, reports } = deps

  routes.post(
    '/v1/enroll',
    {
      // By address, and generous: a whole site enrolls from behind one.
      config: { access: 'public', rateLimit: { max: 6000, timeWindow: 60_000 } },
      bodyLimit: 64 * 1024,
      schema: {
        tags: ['agents'],
        summary: 'Exchange an enrollment token for a host key',
        body: enrollRequest,
        response: { 200: enrollResponse, 400: problem, 401: problem },
      },
    },
    (request) => enrollHost(deps, request.body),
  )

  await app.register(reportRoute, deps)

  const ajv = new Ajv({ allErrors: false, strict: false, coerceTypes: false })
  app.post<{ Body: Heartbeat }>(
    '/v1/heartbeats',
    {
      // Headers for browsers: twelve of them cost more than the rest of this route.
      helmet: false,
      config: { access: 'host' },
      bodyLimit: 4096,
      schema: {
        tags: ['agents'],
        summary: 'Nothing changed; may be held in memory for up to 2 s',
        security: [{ hostKey: [] }],
        body: heartbeat,
        response: { 200: ingestAnswer, 400: problem, 401: problem, 503: problem },
      },
      validatorCompiler: () => {
        const validate = ajv.compile(z.toJSONSchema(heartbeat, { target: 'draft-7' }))
        return (body) =>
          validate(body) ? { value: body } : { error: validationError(validate.errors ?? []) }
      },
      // The answer is built by hand below; a test holds it against the contract.
      serializerCompiler: () => String,
    },
    async (request, reply: FastifyReply) => {
      const { hostId } = request
      const { sequence, stateHash } = request.body
      requireSaneSequence(sequence, keys.sequenceOf(hostId))
      const seconds = keys.intervalOf(hostId)
      // A copied machine's heartbeat would keep the original alive; its report says which of the two it is.
      const isNobodys = reports.isCloned(hostId) && !keys.hasState(hostId, parseStateHash(stateHash))
      if (!isNobodys && !heartbeats.add(hostId, sequence, seconds))
        throw new ProblemError('BUSY', {
          detail: 'Heartbeats cannot be stored at present.',
          remedy: 'Go on as usual after the time in Retry-After.',
          retryAfterSeconds: 15,
        })
      keys.heard(hostId, sequence)
      const sendReport = !keys.hasState(hostId, parseStateHash(stateHash))
      const next = heartbeats.pressure < 0.25 ? seconds : seconds * 4
      reply.header('content-type', 'application/json; charset=utf-8')
      return reply.send(
        `{"nextIntervalSeconds":${next},"sendReport":${sendReport},"lastSequence":${keys.sequenceOf(hostId)}}`,
      )
    },
  )
}

function validationError(errors: { instancePath: string; message?: string; params: object }[]) {
  return Object.assign(new Error('invalid'), { validation: errors, validationContext: 'body' })
}
