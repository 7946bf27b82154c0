'use client'

import { useRouter } from 'next/navigation'
import { type Refusal, refusalOf } from '../../../../../api/refusal.ts'
import type { DrillStarted } from '../../../../../api/types.ts'
import { write } from '../../../../../api/write.ts'
import { FormDialog } from '../../../../../components/form-dialog.tsx'
import { FormField } from '../../../../../components/form-field.tsx'
import { parseLabels } from '../../../../../words/labels-text.ts'

/** A simulated stall that goes the whole way: rule, route, channel, end. Leads to its alert. */
export function StartDrill() {
  const router = useRouter()

  async function start(form: FormData): Promise<Refusal | null> {
    const parsed = parseLabels(String(form.get('labels') ?? ''))
    const seconds = String(form.get('seconds') ?? '').trim()
    const refusal: Record<string, string> = {}
    if ('problem' in parsed) refusal.labels = parsed.problem
    if (!/^\d+$/.test(seconds)) refusal.seconds = 'Enter whole seconds, from 10 to 3600.'
    if ('problem' in parsed || refusal.seconds !== undefined) return refusal
    const written = await write<DrillStarted>('POST', '/v1/drills', {
      labels: parsed.labels,
      seconds: Number(seconds),
    })
    if (!written.ok) return refusalOf(written.problem)
    router.push(`/alerts/${written.answer.alertId}`)
    return null
  }

  return (
    <FormDialog
      opener="Fire drill…"
      title="Start a fire drill"
      submit="Start drill"
      busyWord="Starting…"
      act={start}
      onClosed={() => {}}
    >
      {(refusal) => (
        <>
          <p className="text-13 text-muted">
            A simulated stuck host goes through the rule, the route and the channels, as a real one would, and
            each message says that it is a drill. No host is touched, it counts nowhere, and it ends by
            itself.
          </p>
          <FormField
            name="labels"
            label="Labels"
            placeholder="env=prod, team=payments"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            hint="Those the host would have; they decide which rule, group and channel. Optional."
            error={refusal.labels}
          />
          <FormField
            name="seconds"
            label="Fires for, in seconds"
            inputMode="numeric"
            defaultValue="60"
            autoComplete="off"
            hint="From 10 to 3600."
            error={refusal.seconds}
          />
        </>
      )}
    </FormDialog>
  )
}
