'use client'

import Link from 'next/link'
import { usePathname, useSearchParams } from 'next/navigation'
import { useId } from 'react'
import { utcInstant } from '../../words/duration.ts'
import { Menu } from '../data-table/menu.tsx'
import { answersThePast, isHost, readAt, stepped } from './at.ts'

/** What does not follow to another instant: a place in a list that then was another. */
const notKept = ['at', 'asOf', 'knownAt', 'cursor', 'events']

const hourMs = 3_600_000
const minuteMs = 60_000

/** The instant the page looks at, and a form that names another; a plain one, so it works before any script. */
export function TimeControl() {
  const path = usePathname()
  const params = useSearchParams()
  const field = useId()
  const at = readAt(params.get('at') ?? '')
  const kept = [...params].filter(([name]) => !notKept.includes(name))

  // Whole minutes, so that server and browser write the same address.
  const now = Math.floor(Date.now() / minuteMs) * minuteMs

  const address = (instant: string | null) => {
    const query = new URLSearchParams(kept)
    if (instant !== null) query.set('at', instant)
    return query.size === 0 ? path : `${path}?${query}`
  }

  if (!answersThePast(path)) return null
  return (
    <Menu
      label={
        at === null ? (
          'Now'
        ) : (
          <>
            {/* On a phone the banner says which instant. */}
            <span className="sm:hidden">Then</span>
            <span className="max-sm:hidden">{utcInstant(at, now)}</span>
          </>
        )
      }
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
      </form>
      <p className="flex flex-wrap gap-x-3 p-1">
        {!isHost(path) && (
          <Step href={address(stepped(at, -hourMs, now))} letter="[">
            An hour earlier
          </Step>
        )}
        {!isHost(path) && at !== null && (
          <Step href={address(stepped(at, hourMs, now))} letter="]">
            An hour later
          </Step>
        )}
        {at !== null && <Step href={address(null)}>Back to now</Step>}
      </p>
    </Menu>
  )
}

/** A step in time, also by its key, which presses the link wherever it stands. */
function Step({ href, letter, children }: { href: string; letter?: string; children: string }) {
  return (
    <Link
      href={href}
      prefetch={false}
      scroll={false}
      data-shortcut={letter}
      aria-keyshortcuts={letter}
      className="textlink inline-flex min-h-8 items-center"
    >
      {children}
    </Link>
  )
}
