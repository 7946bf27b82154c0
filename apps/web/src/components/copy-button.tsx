'use client'

import { useEffect, useState } from 'react'

/** Copies `text`; says so for two seconds. Where the browser refuses (no secure origin), says that too. */
export function CopyButton({ text, label, what }: { text: string; label: string; what?: string }) {
  const [outcome, setOutcome] = useState<'copied' | 'refused' | null>(null)

  useEffect(() => {
    if (outcome === null) return
    const timer = setTimeout(() => setOutcome(null), 2000)
    return () => clearTimeout(timer)
  }, [outcome])

  async function copy() {
    try {
      await navigator.clipboard.writeText(text)
      setOutcome('copied')
    } catch {
      setOutcome(copyBySelection(text) ? 'copied' : 'refused')
    }
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

/** The clipboard interface exists only on HTTPS and localhost; many dashboards run on plain HTTP inside. */
function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'sr-only'
  document.body.append(area)
  area.select()
  const copied = document.execCommand('copy')
  area.remove()
  return copied
}
