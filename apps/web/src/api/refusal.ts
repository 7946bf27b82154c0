import type { Problem } from './types.ts'

/** Why a form was refused: at each field what is wrong and how to mend it, and under `form` the same for where there is no such field. */
export type Refusal = Readonly<Record<string, string | undefined>>

/**
 * The API names fields by JSON pointer; a field inside of another is shown at the outer one. `part`: the object of the request whose
 * fields are the form's own.
 */
export function refusalOf(problem: Problem, part?: string): Refusal {
  const fields = (problem.errors ?? []).map(({ field, message }) => {
    const path = field.replace(/^\//, '').split('/')
    const wrong = `${message.slice(0, 1).toUpperCase()}${message.slice(1).replace(/\.$/, '')}.`
    return [(path[0] === part ? path[1] : path[0]) ?? '', `${wrong} ${problem.remedy}`]
  })
  return { ...Object.fromEntries(fields), form: `${problem.detail} ${problem.remedy}` }
}
