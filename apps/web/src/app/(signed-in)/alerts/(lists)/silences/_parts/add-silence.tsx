'use client'

import { silenceKinds } from '@graftwatch/contract/alert-vocabulary'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { type Refusal, refusalOf } from '../../../../../../api/refusal.ts'
import { write } from '../../../../../../api/write.ts'
import { FormDialog } from '../../../../../../components/form-dialog.tsx'
import { FormField } from '../../../../../../components/form-field.tsx'
import { SelectField } from '../../../../../../components/select-field.tsx'
import { readSilenceForm, silenceLives } from '../../../../../../words/silence-form.ts'
import { silenceKindWords } from '../../../../../../words/silences.ts'
import { visibleText } from '../../../../../../words/visible-text.ts'

const kinds = silenceKinds.map((each) => [each, silenceKindWords[each].word] as const)

export function AddSilence({ rules }: { rules: readonly { id: string; name: string }[] }) {
  const router = useRouter()

  async function add(form: FormData): Promise<Refusal | null> {
    const read = readSilenceForm(form, Date.now())
    if ('refusal' in read) return read.refusal
    const written = await write('POST', '/v1/silences', read.request)
    if (!written.ok) return refusalOf(written.problem)
    router.refresh()
    return null
  }

  return (
    <FormDialog
      opener="Silence…"
      primary
      title="Silence, or plan a window"
      submit="Silence"
      busyWord="Silencing…"
      act={add}
      onClosed={() => {}}
    >
      {(refusal) => <Fields rules={rules} refusal={refusal} />}
    </FormDialog>
  )
}

function Fields({ rules, refusal }: { rules: readonly { id: string; name: string }[]; refusal: Refusal }) {
  const [lives, setLives] = useState('14400')
  const [everything, setEverything] = useState(true)
  return (
    <div
      className="flex flex-col gap-4"
      onInput={({ currentTarget }) => {
        const named = new FormData(currentTarget.closest('form') ?? undefined)
        setEverything(`${named.get('selector') ?? ''}${named.get('ruleId') ?? ''}`.trim() === '')
      }}
    >
      <SelectField
        name="kind"
        label="Kind"
        options={kinds}
        hint="In a maintenance window patches may go off, too, without an alert."
      />
      <FormField
        name="selector"
        label="Hosts"
        placeholder="env=staging,team in (db, web)"
        autoComplete="off"
        autoCapitalize="none"
        spellCheck={false}
        maxLength={2000}
        hint="A label selector as in Kubernetes. Empty: every host."
        error={refusal.selector}
      />
      <SelectField
        name="ruleId"
        label="Rule"
        options={[['', 'every rule'], ...rules.map(({ id, name }) => [id, visibleText(name)] as const)]}
      />
      <FormField
        name="reason"
        label="Reason"
        autoComplete="off"
        maxLength={1000}
        hint="The others see it with your name."
        error={refusal.reason}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <FormField
          name="startsAt"
          type="datetime-local"
          label="Begins (UTC)"
          hint="Empty: now."
          error={refusal.startsAt}
        />
        <SelectField
          name="lives"
          label="Lasts"
          options={silenceLives}
          value={lives}
          onChange={(event) => setLives(event.target.value)}
        />
      </div>
      {(lives === '' || refusal.endsAt !== undefined) && (
        <FormField name="endsAt" type="datetime-local" label="Ends (UTC)" error={refusal.endsAt} />
      )}
      <p role="status" className="text-13 font-medium text-stuck-text empty:hidden">
        {everything &&
          'This silences every alert, also those to get up for. Name hosts or a rule to silence less.'}
      </p>
    </div>
  )
}
