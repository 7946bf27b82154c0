'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import type { Delivery } from '../../../../api/types.ts'
import { write } from '../../../../api/write.ts'
import { visibleText } from '../../../../words/visible-text.ts'

/** Sends a message again that was given up. The receiver knows it by the same id. */
export function Resend({ delivery }: { delivery: Delivery }) {
  const router = useRouter()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)

  async function resend() {
    setBusy(true)
    setProblem(null)
    const written = await write('POST', `/v1/deliveries/${delivery.id}/resend`)
    setBusy(false)
    if (!written.ok) return setProblem(`${written.problem.detail} ${written.problem.remedy}`)
    router.refresh()
  }

  return (
    <>
      <button
        type="button"
        className="button mt-1"
        aria-label={`Send again to ${visibleText(delivery.channel.name)}`}
        disabled={busy}
        onClick={() => void resend()}
      >
        {busy ? 'Sending…' : 'Send again'}
      </button>
      {problem !== null && (
        <p role="alert" className="mt-1 text-13 text-stuck-text">
          {problem}
        </p>
      )}
    </>
  )
}
