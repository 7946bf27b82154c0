'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { type Refusal, refusalOf } from '../../../../../api/refusal.ts'
import type { AlertSummary } from '../../../../../api/types.ts'
import { write } from '../../../../../api/write.ts'
import { FormDialog } from '../../../../../components/form-dialog.tsx'
import { FormField } from '../../../../../components/form-field.tsx'

/** Says that one has it, with a word for the others. */
export function Acknowledge({ alert }: { alert: AlertSummary }) {
  const router = useRouter()

  async function acknowledge(form: FormData): Promise<Refusal | null> {
    const note = String(form.get('note') ?? '').trim()
    const written = await write('POST', `/v1/alerts/${alert.id}/acknowledge`, { note: note || null })
    if (!written.ok) return refusalOf(written.problem)
    router.refresh()
    return null
  }

  return (
    <FormDialog
      opener="Acknowledge…"
      primary
      title="You have this alert"
      submit="Acknowledge"
      busyWord="Acknowledging…"
      act={acknowledge}
      onClosed={() => {}}
    >
      {(refusal) => (
        <FormField
          name="note"
          label="Note"
          autoComplete="off"
          maxLength={1000}
          hint="Optional. The others see it with your name."
          error={refusal.note}
        />
      )}
    </FormDialog>
  )
}

/** Undoes it. Nothing is lost by that, so it asks nothing. */
export function GiveBack({ alert }: { alert: AlertSummary }) {
  const router = useRouter()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)

  async function giveBack() {
    setBusy(true)
    setProblem(null)
    const written = await write('DELETE', `/v1/alerts/${alert.id}/acknowledge`)
    setBusy(false)
    if (!written.ok) return setProblem(`${written.problem.detail} ${written.problem.remedy}`)
    router.refresh()
  }

  return (
    <>
      <button
        type="button"
        className="button"
        title="Then nobody has it"
        disabled={busy}
        onClick={() => void giveBack()}
      >
        {busy ? 'Giving it back…' : 'Give it back'}
      </button>
      {problem !== null && (
        <p role="alert" className="w-full text-13 text-stuck-text">
          {problem}
        </p>
      )}
    </>
  )
}
