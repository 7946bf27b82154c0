'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useRef, useTransition } from 'react'
import { hold } from '../api/hold.ts'
import { live } from '../api/live.ts'
import type { LiveMessage } from '../api/types.ts'
import { WaitingUpdates } from './waiting-updates.tsx'

/** Longer than a page takes from reading its data to listening here: what was said meanwhile, nobody else told it. */
const overlookedMs = 30_000

/**
 * Fetches the page's data again when something it shows has changed, at most once in `everyMs` and never two at a time. With `hostId`
 * only for that host. Rows never move under the pointer or the keyboard's focus: while either is inside an element with
 * `data-live-list`, updates wait, and a note says so; they come when it leaves, or when asked for.
 */
export function LiveRefresh({ hostId, everyMs }: { hostId?: string; everyMs: number }) {
  const router = useRouter()
  const [refreshing, startRefresh] = useTransition()
  const state = useRef({ refreshing: false, wanted: null as LiveMessage | null, lastAt: 0 })
  const begin = useRef<(message: LiveMessage) => void>(() => {})

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    // Between the message and the refresh the pointer may have come to a list, so that is asked last.
    const refresh = (asked: boolean) => {
      timer = undefined
      const { wanted } = state.current
      if (wanted !== null && !asked && (hold.paused() || isReading())) {
        state.current.wanted = null
        return hold.note(wanted)
      }
      Object.assign(state.current, { refreshing: true, wanted: null, lastAt: Date.now() })
      startRefresh(() => router.refresh())
    }
    const schedule = (message: LiveMessage) => {
      if (hold.paused() || isReading()) return hold.note(message)
      state.current.wanted = message
      // The end of the running refresh looks at `wanted` again.
      if (timer !== undefined || state.current.refreshing) return
      timer = setTimeout(() => refresh(false), Math.max(0, state.current.lastAt + everyMs - Date.now()))
    }
    const release = () => {
      if (hold.waiting() !== null && !hold.paused() && !isReading()) hold.apply()
    }
    // Focus has moved, and CSS knows where the pointer is, only after the event.
    const left = () => requestAnimationFrame(release)
    begin.current = schedule
    // What waited on another page is in this one.
    hold.forget()
    const off = new AbortController()
    document.addEventListener('pointerout', left, { signal: off.signal, passive: true })
    document.addEventListener('focusout', left, { signal: off.signal, passive: true })
    const offs = [
      live.onMessage((message) => {
        if (concerns(message, hostId)) schedule(message)
      }),
      hold.onApply(() => refresh(true)),
    ]
    if (live.saidWithin(overlookedMs)) schedule({ type: 'resync' })
    return () => {
      clearTimeout(timer)
      off.abort()
      for (const end of offs) end()
    }
  }, [router, hostId, everyMs])

  useEffect(() => {
    state.current.refreshing = refreshing
    const { wanted } = state.current
    if (!refreshing && wanted !== null) begin.current(wanted)
  }, [refreshing])

  return <WaitingUpdates />
}

function concerns(message: LiveMessage, hostId: string | undefined): boolean {
  if (message.type === 'beat') return false
  return message.type !== 'hosts' || hostId === undefined || message.hostIds.includes(hostId)
}

/** Whether pointer or keyboard is inside a list. A finger that has tapped is not there any more, although `:hover` stays. */
function isReading(): boolean {
  const pointed =
    window.matchMedia('(hover: hover)').matches && document.querySelector('[data-live-list]:hover') !== null
  return pointed || document.querySelector('[data-live-list] :focus-visible') !== null
}
