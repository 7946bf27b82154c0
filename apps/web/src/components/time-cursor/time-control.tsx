'use client'

import { usePathname, useRouter, useSearchParams } from 'next/navigation'
import { useEffect, useId } from 'react'
import { utcInstant } from '../../words/duration.ts'
import { Menu } from '../data-table/menu.tsx'
import { readAt, stepped } from './at.ts'

/** The pages that can say what was true at an instant. */
const answersThePast = (path: string): boolean =>
  path === '/' || path === '/hosts' || path === '/blockers' || /^\/hosts\/\d+$/.test(path)

/** What does not follow to another instant: a place in a list that then was another. */
const notKept = ['at', 'asOf', 'knownAt', 'cursor', 'events']

/** A page names another step than an hour with these: links of the host's timeline. */
export const stepLinks = { '[': 'earlier', ']': 'later' } as const
const hourMs = 3_600_000

/**
 * The instant the page looks at, and a form that names another; a plain one, so it works before any script. The keys `[` and `]` step
 * by an hour, or as the page's own timeline does.
 */
export function TimeControl() {
  const path = usePathname()
  const params = useSearchParams()
  const router = useRouter()
  const field = useId()
  const at = readAt(params.get('at') ?? '')
  const kept = [...params].filter(([name]) => !notKept.includes(name))
  const shown = answersThePast(path)

  useEffect(() => {
    if (!shown) return
    const step = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event)) return
      if (event.key !== '[' && event.key !== ']') return
      event.preventDefault()
      const link = document.querySelector<HTMLAnchorElement>(`a[data-time-step="${stepLinks[event.key]}"]`)
      if (link !== null) return link.click()
      const next = stepped(at, event.key === '[' ? -hourMs : hourMs, Date.now())
      const query = new URLSearchParams(kept)
      if (next !== null) query.set('at', next)
      if (next !== at) router.push(query.size === 0 ? path : `${path}?${query}`, { scroll: false })
    }
    document.addEventListener('keydown', step)
    return () => document.removeEventListener('keydown', step)
  })

  if (!shown) return null
  return (
    <Menu
      label={at === null ? 'Now' : utcInstant(at, Date.now())}
      title="What was true at another time ([ and ] step by an hour)"
      emphasis={at !== null}
    >
      <form action={path} className="flex flex-col gap-2 p-1">
        {kept.map(([name, value]) => (
          <input key={`${name}=${value}`} type="hidden" name={name} value={value} />
        ))}
        <label htmlFor={field} className="font-medium">
          What was true at <span className="text-muted">(UTC)</span>
        </label>
        <input
          key={at}
          id={field}
          type="datetime-local"
          name="at"
          required
          defaultValue={at?.slice(0, 16) ?? ''}
          className="field min-h-9 py-1 text-13"
        />
        <button type="submit" className="button" data-kind="primary">
          Look at it
        </button>
        {at !== null && (
          <a
            href={kept.length === 0 ? path : `${path}?${new URLSearchParams(kept)}`}
            className="textlink inline-flex min-h-8 items-center self-start"
          >
            Back to now
          </a>
        )}
      </form>
    </Menu>
  )
}

const isTyping = ({ target }: KeyboardEvent): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
