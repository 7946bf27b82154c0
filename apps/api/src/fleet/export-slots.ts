import { ProblemError } from '../http/problem.ts'

/** Each export holds a connection for as long as its reader takes. */
const exportsMax = 3

/** Which exports run: few, and one of each person or key. Counted where they are asked for, before anything is waited for. */
export class ExportSlots {
  readonly #viewers = new Set<string>()

  /** Returns what frees the slot. Throws TOO_MANY_REQUESTS for a viewer whose export still runs, and BUSY. */
  take(viewerId: string): () => void {
    if (this.#viewers.has(viewerId))
      throw new ProblemError('TOO_MANY_REQUESTS', {
        detail: 'An export of yours still runs.',
        remedy: 'Let it finish or cancel it, then try again.',
        retryAfterSeconds: 30,
      })
    if (this.#viewers.size >= exportsMax)
      throw new ProblemError('BUSY', {
        detail: 'As many exports run already as this server allows at once.',
        remedy: 'Try again when one of them is done.',
        retryAfterSeconds: 30,
      })
    this.#viewers.add(viewerId)
    return () => this.#viewers.delete(viewerId)
  }
}
