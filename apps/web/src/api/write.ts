import { noAnswer, problemIn } from './problem.ts'
import type { Problem } from './types.ts'

/** What a write came to: the answer's body (null when empty), or the problem. */
export type Written<Answer> = { ok: true; answer: Answer } | { ok: false; problem: Problem }

/** Sends a text, such as a file, as it is. Never throws. */
export const writeText = <Answer>(path: string, type: string, body: string): Promise<Written<Answer>> =>
  send('POST', path, { body, headers: { 'content-type': type } })

/** Sends a write from the browser, through this origin. Never throws. */
export async function write<Answer>(
  method: 'POST' | 'PUT' | 'PATCH' | 'DELETE',
  path: string,
  body?: Record<string, unknown>,
): Promise<Written<Answer>> {
  const content =
    body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  return await send(method, path, content)
}

async function send<Answer>(method: string, path: string, content: RequestInit): Promise<Written<Answer>> {
  try {
    const answer = await fetch(path, { method, ...content })
    if (!answer.ok) return { ok: false, problem: await problemIn(answer) }
    return { ok: true, answer: (await answer.json().catch(() => null)) as Answer }
  } catch {
    return { ok: false, problem: noAnswer }
  }
}
