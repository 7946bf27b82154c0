import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { Problem } from '@graftwatch/contract'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import plugin from 'fastify-plugin'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'

/** Every code an answer can carry; docs/errors.md explains each, and a test compares both ways. */
export const problemCodes = {
  INVALID_INPUT: { status: 400, title: 'The request does not fit the contract' },
  MALFORMED_JSON: { status: 400, title: 'The body is not JSON' },
  MALFORMED_COMPRESSION: { status: 400, title: 'The body cannot be decompressed' },
  BEFORE_HISTORY: { status: 400, title: 'History does not reach that far back' },
  UNSUPPORTED_REPORT_VERSION: { status: 400, title: 'This report version is not known here' },
  NOT_SIGNED_IN: { status: 401, title: 'Not signed in' },
  SIGN_IN_FAILED: { status: 401, title: 'Sign-in failed' },
  API_KEY_INVALID: { status: 401, title: 'The API key is not valid' },
  HOST_KEY_INVALID: { status: 401, title: 'The host key is not valid' },
  ENROLLMENT_TOKEN_INVALID: { status: 401, title: 'The enrollment token is not valid' },
  METRICS_TOKEN_INVALID: { status: 401, title: 'The token of /metrics is not right' },
  SETUP_CODE_INVALID: { status: 401, title: 'The set-up code is not valid' },
  FORBIDDEN: { status: 403, title: 'Your role may not do this' },
  ACCOUNT_DISABLED: { status: 403, title: 'This account may not sign in' },
  PASSWORD_WRONG: { status: 403, title: 'The current password is not right' },
  ORIGIN_NOT_TRUSTED: { status: 403, title: 'The request comes from another site' },
  NOT_FOUND: { status: 404, title: 'There is nothing here' },
  HOST_NOT_FOUND: { status: 404, title: 'There is no such host' },
  NOT_ACCEPTABLE: { status: 406, title: 'The answer is of another kind than the client takes' },
  EMAIL_TAKEN: { status: 409, title: 'Somebody has this e-mail address already' },
  NAME_TAKEN: { status: 409, title: 'Something has this name already' },
  LAST_ADMIN: { status: 409, title: 'This is the last admin' },
  SETUP_DONE: { status: 409, title: 'An admin exists already' },
  BODY_TOO_LARGE: { status: 413, title: 'The body is too large' },
  UNSUPPORTED_MEDIA_TYPE: { status: 415, title: 'This kind of body is not taken here' },
  REPORT_NOT_STORABLE: { status: 422, title: 'The database refuses this report' },
  TOO_MANY_REQUESTS: { status: 429, title: 'Too many requests' },
  INTERNAL: { status: 500, title: 'Something failed here' },
  BUSY: { status: 503, title: 'The server is catching up' },
  DATABASE_UNAVAILABLE: { status: 503, title: 'The database does not answer' },
} as const
export type ProblemCode = keyof typeof problemCodes

/** An answer for people and programs: a stable code, a sentence, and what to do next. The cause goes to the log only. */
export class ProblemError extends Error {
  override name = 'ProblemError'
  readonly code: ProblemCode
  readonly remedy: string
  readonly fields: { field: string; message: string }[]
  readonly retryAfterSeconds: number | null

  constructor(
    code: ProblemCode,
    options: {
      detail: string
      remedy: string
      fields?: { field: string; message: string }[]
      retryAfterSeconds?: number
      cause?: unknown
    },
  ) {
    super(options.detail, { cause: options.cause })
    this.code = code
    this.remedy = options.remedy
    this.fields = options.fields ?? []
    this.retryAfterSeconds = options.retryAfterSeconds ?? null
  }

  toProblem(): Problem {
    const { status, title } = problemCodes[this.code]
    return {
      type: `urn:graftwatch:problem:${this.code}`,
      title,
      status,
      code: this.code,
      detail: this.message,
      remedy: this.remedy,
      ...(this.fields.length > 0 && { errors: this.fields.slice(0, 20) }),
    }
  }
}

/** Error codes of zlib on bytes that are not what content-encoding says. */
const decompressionFailed = /^(Z_|ZSTD_|ERR_ZSTD|ERR_ZLIB)/

const databaseDown = /^(08|57P0|53[0-9])|^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOENT)$/
const databaseGone =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|connection is closed/

export function isDatabaseDown(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = 'code' in error ? String(error.code) : ''
  return databaseDown.test(code) || databaseGone.test(error.message)
}

export function databaseUnavailable(cause: unknown): ProblemError {
  return new ProblemError('DATABASE_UNAVAILABLE', {
    detail: 'PostgreSQL does not answer; nothing was stored.',
    remedy: 'Try again in a few seconds. If it stays so, look at the database server.',
    retryAfterSeconds: 5,
    cause,
  })
}

/** What zod and Ajv say beside the path: the unknown keys of an object, or the one that is too many or missing. */
interface IssueParams {
  keys?: string[]
  additionalProperty?: string
  missingProperty?: string
}

/** A key as RFC 6901 has it in a pointer, cut to what a log line bears. */
const escaped = (key: string): string => key.slice(0, 200).replaceAll('~', '~0').replaceAll('/', '~1')

function fromValidation(error: FastifyError): ProblemError {
  const fields = (error.validation ?? []).flatMap((issue) => {
    const params = issue.params as IssueParams | undefined
    const path = (issue.instancePath ?? '').replace(/^\/$/, '')
    const names = params?.keys ?? [params?.additionalProperty ?? params?.missingProperty]
    return names.map((key) => ({
      field: `${path}${key === undefined ? '' : `/${escaped(key)}`}` || '/',
      message: params?.keys ? 'is not a field of the contract' : (issue.message ?? 'is not valid'),
    }))
  })
  const isVersion = fields.some(({ field }) => field === '/reportVersion')
  const first = fields[0] ?? { field: '/', message: 'is not valid' }
  return new ProblemError(isVersion ? 'UNSUPPORTED_REPORT_VERSION' : 'INVALID_INPUT', {
    detail: `${error.validationContext ?? 'body'}${first.field === '/' ? '' : first.field}: ${first.message}`,
    remedy: isVersion
      ? 'Send reportVersion 1, or upgrade the older of agent and server.'
      : 'Correct the fields named in errors; /openapi.json has the contract.',
    fields,
  })
}

function fromFastify(error: FastifyError): ProblemError | null {
  if (decompressionFailed.test(error.code))
    return new ProblemError('MALFORMED_COMPRESSION', {
      detail: 'The body cannot be decompressed as content-encoding says.',
      remedy: 'Send the whole body in the named encoding, or without one.',
      fields: [{ field: 'content-encoding', message: 'does not fit the body' }],
    })
  switch (error.code) {
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new ProblemError('MALFORMED_JSON', {
        detail: 'The body is empty, cut off or not valid JSON.',
        remedy: 'Send one JSON object with content-type application/json and a correct content-length.',
        fields: [{ field: '/', message: 'is not JSON' }],
      })
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return new ProblemError('BODY_TOO_LARGE', {
        detail: 'The body is larger than this address takes.',
        remedy:
          'Send less at once, in several requests; a report lists fewer tasks and counts the rest in blockingOmitted.',
        fields: [{ field: '/', message: 'is too large, as it was sent or after decompression' }],
      })
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new ProblemError('UNSUPPORTED_MEDIA_TYPE', {
        detail: 'The body is not of a kind this address takes.',
        remedy: 'Send JSON with content-type application/json.',
        fields: [{ field: 'content-type', message: 'must be application/json' }],
      })
    default:
      return null
  }
}

function toProblem(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error
  if (isDatabaseDown(error)) return databaseUnavailable(error)
  if (error instanceof Error) {
    const fastifyError = error as FastifyError
    if (hasZodFastifySchemaValidationErrors(error) || fastifyError.validation)
      return fromValidation(fastifyError)
    const known = fromFastify(fastifyError)
    if (known) return known
    if (fastifyError.statusCode === 429)
      return new ProblemError('TOO_MANY_REQUESTS', {
        detail: 'This client sent more requests than it may.',
        remedy: 'Wait as long as Retry-After says.',
      })
    if (fastifyError.statusCode === 503)
      return new ProblemError('BUSY', {
        detail: 'The server has more to do than it can.',
        remedy: 'Try again after the time in Retry-After.',
        retryAfterSeconds: 5,
      })
    if (fastifyError.statusCode && fastifyError.statusCode >= 400 && fastifyError.statusCode < 500)
      return new ProblemError('INVALID_INPUT', {
        detail: 'The request cannot be read.',
        remedy: 'Look at the address, the headers and the body; /openapi.json has the contract.',
        fields: [{ field: '/', message: 'cannot be read' }],
        cause: error,
      })
  }
  return new ProblemError('INTERNAL', {
    detail: 'The request failed for a reason that is in the log of the server.',
    remedy: 'Try again; if it happens again, give the time of it to whoever runs this server.',
    cause: error,
  })
}

/** Answers with the problem that fits this error; errors of the server go to its log. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const problem = toProblem(error)
  const body = problem.toProblem()
  if (body.status >= 500) request.log.error({ err: problem.cause ?? error }, problem.message)
  if (problem.retryAfterSeconds !== null) reply.header('retry-after', String(problem.retryAfterSeconds))
  reply
    .code(body.status)
    .header('content-type', 'application/problem+json')
    .serializer(JSON.stringify)
    .send(body)
}

/** Bytes that are no HTTP request never reach a route: answered on the bare socket, in the same shape. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const isLarge = error.code === 'HPE_HEADER_OVERFLOW'
  const problem = new ProblemError(isLarge ? 'BODY_TOO_LARGE' : 'INVALID_INPUT', {
    detail: isLarge
      ? 'The headers are too large.'
      : 'The request is not valid HTTP, or did not arrive in time.',
    remedy: 'Send the request again with an ordinary HTTP client.',
    fields: [{ field: '/', message: 'cannot be read' }],
  }).toProblem()
  const body = JSON.stringify(problem)
  const head = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}\r\ncontent-type: application/problem+json\r\n`
  if (socket.writable)
    socket.write(`${head}content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`)
  socket.destroySoon()
}

export const problems = plugin(
  async (app: FastifyInstance) => {
    app.setErrorHandler(sendProblem)
    app.setNotFoundHandler((request, reply) => {
      const missing = new ProblemError('NOT_FOUND', {
        detail: `${request.method} ${request.url.split('?')[0]} does not exist.`,
        remedy: 'See /openapi.json for what exists.',
      })
      sendProblem(missing, request, reply)
    })
  },
  { name: 'problems' },
)
