import { ProblemError } from '../http/problem.ts'

export const userMissing = (id: string) =>
  new ProblemError('NOT_FOUND', {
    detail: `There is nobody with the id ${id}.`,
    remedy: 'GET /v1/users lists everybody; this one may have been removed.',
  })
