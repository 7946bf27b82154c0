'use client'

import { useRouter } from 'next/navigation'
import { type Refusal, refusalOf } from '../../../../../api/refusal.ts'
import type { AlertSummary } from '../../../../../api/types.ts'
import { write } from '../../../../../api/write.ts'
import { FormDialog } from '../../../../../components/form-dialog.tsx'
import { FormField } from '../../../../../components/form-field.tsx'
import { WriteButton } from '../../../../../components/write-button.tsx'

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
export const GiveBack = ({ alert }: { alert: AlertSummary }) => (
  <WriteButton
    act={() => write('DELETE', `/v1/alerts/${alert.id}/acknowledge`)}
    title="Then nobody has it"
    busyWord="Giving it back…"
    problemClass="w-full"
  >
    Give it back
  </WriteButton>
)
