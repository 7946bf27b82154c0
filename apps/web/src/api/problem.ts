import type { Problem } from '@graftwatch/contract'

/** An answer of the API that is not the one asked for. `status` 0: nothing answered at all. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  readonly problem: Problem

  constructor(problem: Problem) {
    super(`${problem.code}: ${problem.detail}`)
    this.problem = problem
  }
}

/** The problem in an answer; one of our own making when the body is not problem+json. Never throws. */
export async function problemIn(answer: Response): Promise<Problem> {
  const body: unknown = await answer.json().catch(() => null)
  if (isProblem(body)) return body
  return {
    type: 'about:blank',
    title: answer.statusText || 'Unexpected answer',
    status: answer.status,
    code: 'UNEXPECTED_ANSWER',
    detail: messageIn(body) ?? `The server answered ${answer.status} without saying why.`,
    remedy: 'Try again. If it stays, the API log has the cause.',
  }
}

export const noAnswer: Problem = {
  type: 'about:blank',
  title: 'No answer',
  status: 0,
  code: 'API_UNREACHABLE',
  detail: 'The Graftwatch API does not answer.',
  remedy:
    'Check that the API runs and that GRAFTWATCH_API_URL of the dashboard names its address. Hosts keep their readings until it is back.',
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body && 'remedy' in body
}

/** The sign-in library answers `{ message, code }`. */
function messageIn(body: unknown): string | null {
  if (typeof body !== 'object' || body === null || !('message' in body)) return null
  return typeof body.message === 'string' ? body.message : null
}
