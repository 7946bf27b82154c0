'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, useEffect, useRef } from 'react'

const pauseMs = 250

type ListSearchProps = {
  /** Path of the list, and what else stands in its address. */
  path: string
  keep: Readonly<Record<string, string>>
  q: string
  label: string
  placeholder: string
}

/**
 * Searches a list as one types; the address follows without a new entry in the history. Still a plain form, which works before any
 * script has loaded. The key `/` leads here.
 */
export function ListSearch({ path, keep, q, label, placeholder }: ListSearchProps) {
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
    const query = new URLSearchParams(keep)
    if (input.current?.value) query.set('q', input.current.value)
    router.replace(query.size === 0 ? path : `${path}?${query}`, { scroll: false })
  }

  return (
    <form
      action={path}
      className="max-sm:w-full"
      onSubmit={(event: FormEvent) => {
        event.preventDefault()
        search()
      }}
    >
      {Object.entries(keep).map(([name, value]) => (
        <input key={name} type="hidden" name={name} value={value} />
      ))}
      <input
        ref={input}
        name="q"
        type="search"
        data-page-filter=""
        aria-label={label}
        aria-keyshortcuts="/"
        title={`${label} (/)`}
        defaultValue={q}
        maxLength={253}
        onChange={() => {
          clearTimeout(timer.current)
          timer.current = setTimeout(search, pauseMs)
        }}
        placeholder={placeholder}
        autoComplete="off"
        spellCheck={false}
        className="field min-h-8 py-1 text-13 max-sm:min-h-11 sm:w-52"
      />
    </form>
  )
}
