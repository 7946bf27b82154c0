'use client'

import { useEffect, useSyncExternalStore } from 'react'
import { hold } from '../../api/hold.ts'
import { live } from '../../api/live.ts'

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })

/** Whether what is on the screen follows the fleet, and if not, from when it is. Pressed, it pauses, or goes on. */
export function ConnectionChip() {
  const connection = useSyncExternalStore(live.onConnection, live.connection, () => 'connecting' as const)
  const dataAt = useSyncExternalStore(live.onConnection, live.dataAt, () => null)
  const paused = useSyncExternalStore(hold.onChange, hold.paused, () => false)
  const waiting = useSyncExternalStore(hold.onChange, hold.waiting, () => null)

  // Pages without live data follow the connection too: without it they say so.
  useEffect(() => live.onMessage(() => {}), [])

  const lost = connection === 'reconnecting'
  // Of what waits nothing is shown: the page is as old as the first of it.
  const from = waiting?.since ?? (lost ? dataAt : null)
  const state = lost ? (dataAt === null ? 'no connection' : 'reconnecting') : paused ? 'paused' : connection
  return (
    <button
      type="button"
      onClick={hold.togglePause}
      aria-pressed={paused}
      aria-keyshortcuts="p"
      aria-label={`${state}${from === null ? '' : ` · data from ${clock.format(from)}`}, pause updates`}
      title={paused ? 'Go on with live updates (p)' : 'Pause live updates (p)'}
      className="flex min-h-8 min-w-0 shrink! items-center gap-1.5 rounded-control px-1.5 text-12 whitespace-nowrap text-muted hover:text-ink max-sm:min-h-11"
      data-connection={connection}
    >
      <Sign live={connection === 'live' && from === null} paused={paused} />
      {from === null ? (
        <span className="truncate">{state}</span>
      ) : (
        <span className="truncate">
          {(lost || paused) && <span className="max-sm:sr-only">{state} · </span>}data from{' '}
          {clock.format(from)}
        </span>
      )}
    </button>
  )
}

function Sign({ live: follows, paused }: { live: boolean; paused: boolean }) {
  if (paused) return <span aria-hidden="true" className="h-2.5 w-2 border-x-2 border-muted" />
  return (
    <span
      aria-hidden="true"
      className={`size-2 shrink-0 rounded-full ${follows ? 'keep-shape bg-[var(--migrated)]' : 'border border-dashed border-muted'}`}
    />
  )
}
