import { useEffect, useState } from 'react'
import { keepFound, readFound } from './found.ts'
import { matches, type PaletteItem } from './items.ts'
import { searchFleet } from './search.ts'

const pauseMs = 120
const localAtMost = 8

/**
 * Hosts, patches and causes for what is typed: at once those found before, then the server's own answer. `silent`: the server does not
 * answer, so it stays with those. `settled`: nothing more comes.
 */
export function useSearch(
  who: string,
  query: string,
): { items: readonly PaletteItem[]; silent: boolean; settled: boolean } {
  const [answer, setAnswer] = useState<{ query: string; items: PaletteItem[] | null } | null>(null)

  useEffect(() => {
    if (query === '') return
    const asked = new AbortController()
    const timer = setTimeout(() => {
      searchFleet(query, asked.signal).then(
        (items) => {
          if (items !== null) keepFound(who, items)
          setAnswer({ query, items })
        },
        () => {
          // Aborted: something else is being typed.
        },
      )
    }, pauseMs)
    return () => {
      clearTimeout(timer)
      asked.abort()
    }
  }, [who, query])

  if (query === '') return { items: [], silent: false, settled: true }
  const settled = answer?.query === query
  if (settled && answer.items !== null) return { items: answer.items, silent: false, settled }
  const local = readFound(who).found.filter((item) => matches(item, query))
  return { items: local.slice(0, localAtMost), silent: settled, settled }
}
