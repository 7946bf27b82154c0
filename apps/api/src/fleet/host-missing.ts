import { ProblemError } from '../http/problem.ts'

export const hostMissing = (id: string) =>
  new ProblemError('HOST_NOT_FOUND', {
    detail: `There is no host ${id}.`,
    remedy: 'It may have been removed; look for it by name on the overview.',
  })

/** It may exist now, or have existed at another time. */
export const hostUnknownThen = (id: string, asOf: string) =>
  new ProblemError('HOST_NOT_FOUND', {
    detail: `Nothing was known of host ${id} at ${asOf}.`,
    remedy: 'Ask for a later instant, or for now by leaving out asOf.',
  })
