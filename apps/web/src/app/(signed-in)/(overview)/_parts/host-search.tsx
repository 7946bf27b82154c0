'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, useEffect, useRef } from 'react'

const pauseMs = 250

/**
 * Searches as one types; the address follows without a new entry in the history. Still a plain form, which works before any script has
 * loaded. `states` are those the list is filtered by, as in the address.
 */
export function HostSearch({ q, states }: { q: string; states: string }) {
  const router = useRouter()
  const input = useRef<HTMLInputElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)

  // Another link may have changed the search; what is being typed stays.
  useEffect(() => {
    if (input.current !== null && input.current !== document.activeElement) input.current.value = q
  }, [q])
  useEffect(() => () => clearTimeout(timer.current), [])

  function search() {
    clearTimeout(timer.current)
    const query = new URLSearchParams()
    if (states !== '') query.set('state', states)
    if (input.current?.value) query.set('q', input.current.value)
    router.replace(query.size === 0 ? '/' : `/?${query}`, { scroll: false })
  }

  return (
    <form
      action="/"
      className="max-sm:flex-1"
      onSubmit={(event: FormEvent) => {
        event.preventDefault()
        search()
      }}
    >
      {states !== '' && <input type="hidden" name="state" value={states} />}
      <label htmlFor="q" className="sr-only">
        Search hosts by name
      </label>
      <input
        ref={input}
        id="q"
        name="q"
        type="search"
        defaultValue={q}
        maxLength={253}
        onChange={() => {
          clearTimeout(timer.current)
          timer.current = setTimeout(search, pauseMs)
        }}
        placeholder="Search by name"
        autoComplete="off"
        spellCheck={false}
        className="field min-h-8 py-1 text-13 sm:w-52"
      />
    </form>
  )
}
