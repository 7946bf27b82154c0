'use client'

import { useEffect, useRef, useState } from 'react'
import { stripAnnouncement, stripSentence } from '../../words/strip.ts'
import type { StripData } from './strip-data.ts'

const quietMs = 10_000

/** Speaks at 50, 90 and 99 %, when stuck and when done; politely, and at most once in ten seconds: later words replace earlier ones. */
export function Announcer({ strip, complete }: { strip: StripData; complete: boolean }) {
  const [said, setSaid] = useState('')
  const before = useRef({ strip, complete })
  const spokenAt = useRef(0)
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined)

  useEffect(() => {
    const earlier = before.current
    before.current = { strip, complete }
    const text =
      complete && !earlier.complete ? stripSentence(strip, true) : stripAnnouncement(earlier.strip, strip)
    if (text === null) return
    clearTimeout(timer.current)
    timer.current = setTimeout(
      () => {
        spokenAt.current = Date.now()
        setSaid(text)
      },
      Math.max(0, spokenAt.current + quietMs - Date.now()),
    )
  }, [strip, complete])

  useEffect(() => () => clearTimeout(timer.current), [])

  return (
    <p role="status" className="sr-only">
      {said}
    </p>
  )
}
