'use client'

import { useEffect, useState } from 'react'
import { copyText } from './copy-text.ts'

/** Copies `text`; says so for two seconds. Where the browser refuses (no secure origin), says that too. */
export function CopyButton({ text, label, what }: { text: string; label: string; what?: string }) {
  const [outcome, setOutcome] = useState<'copied' | 'refused' | null>(null)

  useEffect(() => {
    if (outcome === null) return
    const timer = setTimeout(() => setOutcome(null), 2000)
    return () => clearTimeout(timer)
  }, [outcome])

  async function copy() {
    setOutcome((await copyText(text)) ? 'copied' : 'refused')
  }

  return (
    <button
      type="button"
      className="button"
      onClick={copy}
      aria-label={what === undefined ? undefined : `${label} ${what}`}
    >
      <span aria-live="polite">
        {outcome === 'copied' ? 'Copied' : outcome === 'refused' ? 'Not allowed here' : label}
      </span>
    </button>
  )
}
