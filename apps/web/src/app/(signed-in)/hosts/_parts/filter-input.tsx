'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, type KeyboardEvent, useEffect, useRef } from 'react'
import { isWordsAlone } from '../filter-tokens.ts'
import { hostsHref, hostsParams, readHostsView } from '../search-params.ts'

const pauseMs = 250

type FilterInputProps = {
  q: string
  /** What else stands in the address, but for the place in the list. */
  keep: Readonly<Record<string, string>>
  /** Address without the last condition; null where there is none. */
  withoutLast: string | null
  wrong: boolean
}

/**
 * Takes words, which are searched for as they are typed, and tokens, which become conditions with Enter or with the space after them.
 * Still a plain form, which works before any script has loaded. The key `/` leads here.
 */
export function FilterInput({ q, keep, withoutLast, wrong }: FilterInputProps) {
  const router = useRouter()
  const input = useRef<HTMLInputElement>(null)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)
  // What is applied is not in the address yet when the next condition comes from a fast hand.
  const applied = useRef(keep)
  useEffect(() => {
    applied.current = keep
  }, [keep])

  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the script comes, for what was typed before it
  useEffect(() => {
    if (input.current === null) return
    if (input.current.value !== q) typed()
    input.current.dataset.alive = ''
  }, [])
  // Another link may have changed the search; what is being typed stays.
  useEffect(() => {
    if (input.current !== null && input.current !== document.activeElement) input.current.value = q
  }, [q])
  useEffect(() => () => clearTimeout(timer.current), [])

  function apply() {
    clearTimeout(timer.current)
    const field = input.current
    if (field === null) return
    const isSearch = isWordsAlone(field.value)
    const view = readHostsView({
      ...applied.current,
      query: `${applied.current.query ?? ''} ${field.value}`,
    })
    applied.current = hostsParams({ ...view, q: '', cursor: '' })
    if (!isSearch) field.value = view.q === '' ? '' : `${view.q} `
    // Each condition is a step that Back takes off; each letter is not.
    router[isSearch ? 'replace' : 'push'](hostsHref(view), { scroll: false })
  }

  function typed() {
    clearTimeout(timer.current)
    const text = input.current?.value ?? ''
    if (isWordsAlone(text)) timer.current = setTimeout(apply, pauseMs)
    // Inside a list of values, `tier in (db, cache)`, a space ends nothing.
    else if (/\S\s$/.test(text) && !/\([^)]*$/.test(text)) apply()
  }

  function key(event: KeyboardEvent) {
    if (event.key === 'Backspace' && input.current?.value === '' && withoutLast !== null) {
      router.push(withoutLast, { scroll: false })
    }
  }

  return (
    <form
      action="/hosts"
      className="min-w-40 flex-1 max-sm:min-w-full"
      onSubmit={(event: FormEvent) => {
        event.preventDefault()
        apply()
      }}
    >
      {Object.entries(keep)
        .filter(([name]) => name !== 'query')
        .map(([name, value]) => (
          <input key={name} type="hidden" name={name} value={value} />
        ))}
      <input
        ref={input}
        name="query"
        type="search"
        list="filter-tokens"
        data-page-filter=""
        aria-label="Filter hosts"
        aria-keyshortcuts="/"
        aria-invalid={wrong || undefined}
        aria-describedby={wrong ? 'filter-problems' : undefined}
        title="Filter hosts (/): words for a name; state:stuck, env=prod, kernel:6.4*, patch:…, flag:forced"
        defaultValue={q}
        maxLength={500}
        onChange={typed}
        onKeyDown={key}
        placeholder="Filter by name, state:stuck, env=prod, kernel:6.4*"
        autoComplete="off"
        spellCheck={false}
        className="field min-h-8 py-1 text-13 max-sm:min-h-11"
      />
    </form>
  )
}
