'use client'

import { useRouter } from 'next/navigation'
import { useTransition } from 'react'

/** Asks the server for this page again, without leaving it. */
export function RetryButton() {
  const router = useRouter()
  const [busy, start] = useTransition()
  return (
    <button type="button" className="button" disabled={busy} onClick={() => start(() => router.refresh())}>
      {busy ? 'Trying…' : 'Try again'}
    </button>
  )
}
