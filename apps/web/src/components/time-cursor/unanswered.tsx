'use client'

import { usePathname, useSearchParams } from 'next/navigation'
import { unanswered } from './at.ts'

/** Says that an address asks for a past that its page does not show, since what is true now would pass for it. */
export function Unanswered() {
  const params = useSearchParams()
  const said = unanswered(usePathname(), params.get('at') || params.get('asOf') || '')
  if (said === null) return null
  return (
    <p role="status" className="panel mb-4 border-control bg-surface px-4 py-2 text-13 wrap-anywhere">
      {said}
    </p>
  )
}
