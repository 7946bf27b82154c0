'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import type { AlertSummary } from '../../../../api/types.ts'
import { write } from '../../../../api/write.ts'
import { visibleText } from '../../../../words/visible-text.ts'

/** Says in one press that one has it. The alert's own page takes a note with it. */
export function AcknowledgeNow({ alert }: { alert: AlertSummary }) {
  const router = useRouter()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)

  async function acknowledge() {
    setBusy(true)
    setProblem(null)
    const written = await write('POST', `/v1/alerts/${alert.id}/acknowledge`, { note: null })
    setBusy(false)
    if (!written.ok) return setProblem(`${written.problem.detail} ${written.problem.remedy}`)
    router.refresh()
  }

  return (
    <>
      <button
        type="button"
        className="button max-sm:min-h-11"
        aria-label={`Acknowledge ${visibleText(alert.summary)}`}
        disabled={busy}
        onClick={acknowledge}
      >
        {busy ? 'Acknowledging…' : 'Acknowledge'}
      </button>
      {problem !== null && (
        <p role="alert" className="w-full text-13 text-stuck-text">
          {problem}
        </p>
      )}
    </>
  )
}
