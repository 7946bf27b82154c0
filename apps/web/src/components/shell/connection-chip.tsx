'use client'

import { useEffect, useState, useSyncExternalStore } from 'react'
import { live } from '../../api/live.ts'

/** Whether what is on the screen follows the fleet, and if not, from when it is. */
export function ConnectionChip() {
  const connection = useSyncExternalStore(live.onConnection, live.connection, () => 'connecting' as const)
  const [lostAt, setLostAt] = useState<string | null>(null)

  useEffect(() => {
    if (connection === 'live') setLostAt(null)
    if (connection === 'reconnecting') {
      setLostAt(new Date().toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' }))
    }
  }, [connection])

  return (
    <p
      className="flex items-center gap-1.5 text-12 whitespace-nowrap text-muted"
      data-connection={connection}
    >
      {connection === 'live' ? (
        <>
          <span aria-hidden="true" className="size-2 rounded-full bg-[var(--migrated)] keep-shape" />
          <span>
            live<span className="max-sm:hidden"> · data ≤ 4 s old</span>
          </span>
        </>
      ) : (
        <>
          <span aria-hidden="true" className="size-2 rounded-full border border-dashed border-muted" />
          <span>
            {connection === 'connecting' ? 'connecting' : 'reconnecting'}
            {lostAt !== null && <> · data from {lostAt}</>}
          </span>
        </>
      )}
    </p>
  )
}
