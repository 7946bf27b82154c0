'use client'

import { useRouter } from 'next/navigation'
import { useEffect, useRef, useTransition } from 'react'
import { live } from '../api/live.ts'
import type { LiveMessage } from '../api/types.ts'

/**
 * Renders nothing; fetches the page's data again when something it shows has changed, at most once in `everyMs` and never two at
 * a time. With `hostId` only for that host.
 */
export function LiveRefresh({ hostId, everyMs }: { hostId?: string; everyMs: number }) {
  const router = useRouter()
  const [refreshing, startRefresh] = useTransition()
  const state = useRef({ refreshing: false, wanted: false, lastAt: 0 })
  const begin = useRef<() => void>(() => {})

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const schedule = () => {
      state.current.wanted = true
      // The end of the running refresh looks at `wanted` again.
      if (timer !== undefined || state.current.refreshing) return
      timer = setTimeout(
        () => {
          timer = undefined
          Object.assign(state.current, { refreshing: true, wanted: false, lastAt: Date.now() })
          startRefresh(() => router.refresh())
        },
        Math.max(0, state.current.lastAt + everyMs - Date.now()),
      )
    }
    begin.current = schedule
    const off = live.onMessage((message) => {
      if (concerns(message, hostId)) schedule()
    })
    return () => {
      clearTimeout(timer)
      off()
    }
  }, [router, hostId, everyMs])

  useEffect(() => {
    state.current.refreshing = refreshing
    if (!refreshing && state.current.wanted) begin.current()
  }, [refreshing])

  return null
}

function concerns(message: LiveMessage, hostId: string | undefined): boolean {
  if (message.type === 'beat') return false
  return message.type !== 'hosts' || hostId === undefined || message.hostIds.includes(hostId)
}
