import type { Problem } from './types.ts'

/** Why a form was refused: a sentence at each field, and under `form` the one above them all. */
export type Refusal = Readonly<Record<string, string | undefined>>

/** The API names fields by JSON pointer; a field inside of another is shown at the outer one. */
export function refusalOf(problem: Problem): Refusal {
  const fields = (problem.errors ?? []).map(({ field, message }) => [
    field.replace(/^\//, '').split('/')[0] ?? '',
    message,
  ])
  return { ...Object.fromEntries(fields), form: `${problem.detail} ${problem.remedy}` }
}
