'use client'

import { useEffect, useSyncExternalStore } from 'react'
import { live } from '../../api/live.ts'

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })

/** Whether what is on the screen follows the fleet, and if not, from when it is. */
export function ConnectionChip() {
  const connection = useSyncExternalStore(live.onConnection, live.connection, () => 'connecting' as const)
  const dataAt = useSyncExternalStore(live.onConnection, live.dataAt, () => null)

  // Pages without live data follow the connection too: without it they say so.
  useEffect(() => live.onMessage(() => {}), [])

  return (
    <p
      className="flex items-center gap-1.5 text-12 whitespace-nowrap text-muted"
      data-connection={connection}
    >
      <span
        aria-hidden="true"
        className={`size-2 rounded-full ${connection === 'live' ? 'keep-shape bg-[var(--migrated)]' : 'border border-dashed border-muted'}`}
      />
      {connection === 'reconnecting' && dataAt !== null ? (
        <span>
          <span className="max-sm:sr-only">reconnecting · </span>data from {clock.format(dataAt)}
        </span>
      ) : (
        <span>{connection === 'reconnecting' ? 'no connection' : connection}</span>
      )}
    </p>
  )
}
