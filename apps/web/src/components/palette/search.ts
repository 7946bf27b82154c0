import type { SearchAnswer } from '../../api/types.ts'
import { stateWords } from '../../words/states.ts'
import { visibleText } from '../../words/visible-text.ts'
import type { PaletteItem } from './items.ts'

/** Asks the server for hosts, patches and causes; null when it does not answer as it should. Throws only when aborted. */
export async function searchFleet(query: string, signal: AbortSignal): Promise<PaletteItem[] | null> {
  try {
    const answer = await fetch(`/v1/search?${new URLSearchParams({ q: query })}`, { signal })
    if (!answer.ok) return null
    // The API serialises with the contract's schemas, so the answer has this shape.
    return itemsOf((await answer.json()) as SearchAnswer)
  } catch (error) {
    if (signal.aborted) throw error
    return null
  }
}

/** What was found, as the palette shows it. */
export function itemsOf({ hosts, patches, causes }: SearchAnswer): PaletteItem[] {
  return [
    ...hosts.map(
      ({ id, hostname, state }): PaletteItem => ({
        key: `host ${id}`,
        kind: 'host',
        title: visibleText(hostname),
        detail: stateWords[state].word,
        href: `/hosts/${id}`,
        keys: null,
      }),
    ),
    ...patches.map(
      ({ id, name, build }): PaletteItem => ({
        key: `patch ${id}`,
        kind: 'patch',
        title: visibleText(name),
        detail: build === '' ? '' : `build ${visibleText(build)}`,
        href: `/patches/${id}`,
        keys: null,
      }),
    ),
    ...causes.map(
      (cause): PaletteItem => ({
        key: `cause ${cause.id}`,
        kind: 'cause',
        title:
          visibleText(cause.comm) + (cause.function === null ? '' : ` in ${visibleText(cause.function)}`),
        detail: cause.unit === null ? '' : visibleText(cause.unit),
        href: `/blockers/${cause.id}`,
        keys: null,
      }),
    ),
  ]
}
