import { ProblemError } from '../http/problem.ts'

export const hostMissing = (id: string) =>
  new ProblemError('HOST_NOT_FOUND', {
    detail: `There is no host ${id}.`,
    remedy: 'It may have been removed; look for it by name on the overview.',
  })
