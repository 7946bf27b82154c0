'use client'

import { createContext, type ReactNode, useContext, useEffect, useMemo, useSyncExternalStore } from 'react'
import { live } from '../api/live.ts'
import { ago, duration, preciseDuration, secondsSince } from '../words/duration.ts'
import { expiryText } from '../words/expiry.ts'

/** The server's clock when it answered, and how far the browser's is from it; null where time stands still. */
type Clock = { serverNow: number; offset: number | null }
const ClockContext = createContext<Clock>({ serverNow: 0, offset: 0 })

/**
 * Ages below count from the server's `now`, so that a wrong clock on the reader's side changes nothing. `past`: `now` is an instant of
 * the past, in which nothing grows older.
 */
export function ClockProvider({
  now,
  past = false,
  children,
}: {
  now: string
  past?: boolean
  children: ReactNode
}) {
  const clock = useMemo(
    () => ({ serverNow: Date.parse(now), offset: past ? null : Date.parse(now) - Date.now() }),
    [now, past],
  )
  // A new `now` is a new answer of the server.
  useEffect(() => {
    if (clock.serverNow > 0 && clock.offset !== null) live.dataCame()
  }, [clock])
  useEffect(() => live.dataGone, [])
  return <ClockContext value={clock}>{children}</ClockContext>
}

const listeners = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

/** One timer for every age on the page; it rests while the tab is hidden, since nobody reads it. */
function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  timer ??= setInterval(() => {
    if (!document.hidden) for (const each of listeners) each()
  }, 1000)
  return () => {
    listeners.delete(listener)
    if (listeners.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}

/** A text that depends on the time. The first client render uses the server's clock, so both sides write the same. */
function useTicking(write: (now: number) => string): string {
  const { serverNow, offset } = useContext(ClockContext)
  return useSyncExternalStore(
    subscribe,
    () => write(offset === null ? serverNow : Date.now() + offset),
    () => write(serverNow),
  )
}

type TimeProps = { at: string; className?: string; focusable?: boolean }

/** A point in time: `12 min ago`, from 24 h on the instant. The full form is in the tip (see time-tip.tsx). */
export function Ago({ at, className, focusable = false }: TimeProps) {
  const text = useTicking((now) => ago(at, now))
  return (
    <time
      dateTime={at}
      data-tip=""
      className={`whitespace-nowrap ${className ?? ''}`}
      tabIndex={focusable ? 0 : undefined}
    >
      {text}
    </time>
  )
}

/** How long something has lasted: `47 min`. `before`: it began earlier than anyone looked, so this is a lower bound. */
export function Elapsed({
  since,
  className,
  before = false,
  precise = false,
  focusable = false,
}: Omit<TimeProps, 'at'> & { since: string; before?: boolean; precise?: boolean }) {
  const text = useTicking((now) => (precise ? preciseDuration : duration)(secondsSince(since, now)))
  return (
    <time
      dateTime={since}
      data-tip=""
      className={`whitespace-nowrap ${className ?? ''}`}
      tabIndex={focusable ? 0 : undefined}
    >
      {before ? '≥ ' : ''}
      {text}
    </time>
  )
}

/** When something will be: `in 12 min`, counted down; `past` once it should have been. */
export function Until({ at, past, className }: TimeProps & { past: string }) {
  const text = useTicking((now) => expiryText(at, now) ?? past)
  return (
    <time dateTime={at} data-tip="" className={`whitespace-nowrap ${className ?? ''}`}>
      {text}
    </time>
  )
}

/** Renders `children` once something has lasted `seconds`, counted live. */
export function After({ at, seconds, children }: { at: string; seconds: number; children: ReactNode }) {
  const due = useTicking((now) => (secondsSince(at, now) >= seconds ? 'due' : ''))
  return due === '' ? null : children
}

/** Renders `children` until something has lasted `seconds`, counted live. */
export function Before({ at, seconds, children }: { at: string; seconds: number; children: ReactNode }) {
  const due = useTicking((now) => (secondsSince(at, now) < seconds ? 'due' : ''))
  return due === '' ? null : children
}
