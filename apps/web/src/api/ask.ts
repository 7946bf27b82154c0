import { noAnswer, problemIn } from './problem.ts'
import type { Written } from './write.ts'

/** Reads from the browser, through this origin; for what changes while a page stays. Never throws. */
export async function ask<Answer>(path: string, signal: AbortSignal): Promise<Written<Answer>> {
  try {
    const answer = await fetch(path, { headers: { accept: 'application/json' }, signal })
    if (!answer.ok) return { ok: false, problem: await problemIn(answer) }
    return { ok: true, answer: (await answer.json()) as Answer }
  } catch {
    return { ok: false, problem: noAnswer }
  }
}
