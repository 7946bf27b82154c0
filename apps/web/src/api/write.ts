import { noAnswer, problemIn } from './problem.ts'
import type { Problem } from './types.ts'

/** What a write came to: the answer's body (null when empty), or the problem. */
export type Written<Answer> = { ok: true; answer: Answer } | { ok: false; problem: Problem }

/** Sends a write from the browser, through this origin. Never throws. */
export async function write<Answer>(
  method: 'POST' | 'PATCH' | 'DELETE',
  path: string,
  body?: Record<string, unknown>,
): Promise<Written<Answer>> {
  try {
    const answer = await fetch(path, {
      method,
      ...(body === undefined
        ? {}
        : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    })
    if (!answer.ok) return { ok: false, problem: await problemIn(answer) }
    return { ok: true, answer: (await answer.json().catch(() => null)) as Answer }
  } catch {
    return { ok: false, problem: noAnswer }
  }
}
