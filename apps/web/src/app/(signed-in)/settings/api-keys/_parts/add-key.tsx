'use client'

import { type ApiKeyScope, apiKeyScopes } from '@graftwatch/contract/vocabulary'
import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { type Refusal, refusalOf } from '../../../../../api/refusal.ts'
import type { NewApiKey } from '../../../../../api/types.ts'
import { write } from '../../../../../api/write.ts'
import { FormDialog } from '../../../../../components/form-dialog.tsx'
import { FormField } from '../../../../../components/form-field.tsx'
import { SelectField } from '../../../../../components/select-field.tsx'
import { ShownOnce } from '../../../../../components/shown-once.tsx'
import { scopeWords } from '../../../../../words/scopes.ts'

const lives = [
  ['7', '7 days'],
  ['30', '30 days'],
  ['90', '90 days'],
  ['365', '1 year'],
] as const

export function AddKey() {
  const router = useRouter()
  const [made, setMade] = useState<string | null>(null)

  async function make(form: FormData): Promise<Refusal | null> {
    const label = String(form.get('label') ?? '').trim()
    const scopes = form.getAll('scopes').map(String)
    const refusal: Record<string, string> = {}
    if (label === '') refusal.label = 'Give it a name, such as the program that will have it.'
    if (scopes.length === 0) refusal.scopes = 'Choose at least one thing that it may do.'
    if (Object.keys(refusal).length > 0) return refusal
    const expiresInDays = Number(form.get('expiresInDays'))
    const written = await write<NewApiKey>('POST', '/v1/api-keys', { label, scopes, expiresInDays })
    if (!written.ok) return refusalOf(written.problem)
    setMade(written.answer.key)
    return null
  }

  return (
    <FormDialog
      opener="Make key…"
      primary
      title={made === null ? 'Make an API key' : 'The key'}
      submit="Make key"
      busyWord="Making…"
      act={make}
      result={made !== null && <ShownOnce secret={made} what="the key" />}
      onClosed={() => {
        if (made === null) return
        setMade(null)
        router.refresh()
      }}
    >
      {(refusal) => (
        <>
          <div className="grid gap-4 sm:grid-cols-2">
            <FormField
              name="label"
              label="Name"
              autoComplete="off"
              maxLength={128}
              hint="Who will have it."
              error={refusal.label}
            />
            <SelectField name="expiresInDays" label="Works for" options={lives} defaultValue="90" />
          </div>
          <Scopes error={refusal.scopes} />
        </>
      )}
    </FormDialog>
  )
}

function Scopes({ error }: { error: string | undefined }) {
  return (
    <fieldset aria-describedby={error === undefined ? undefined : 'scopes-error'}>
      <legend className="mb-1 text-13 font-medium">It may</legend>
      {error !== undefined && (
        <p id="scopes-error" className="mb-1 text-13 text-stuck-text">
          {error}
        </p>
      )}
      <ul className="max-h-64 overflow-y-auto rounded-control border border-control py-1">
        {apiKeyScopes.map((scope: ApiKeyScope) => (
          <li key={scope}>
            <label className="flex min-h-8 items-center gap-2.5 px-3 py-1 text-13 hover:bg-surface">
              <input
                type="checkbox"
                name="scopes"
                value={scope}
                defaultChecked={scope === 'fleet:read'}
                className="size-4 shrink-0"
              />
              <span>
                {scopeWords[scope]} <span className="mono text-12 text-muted">{scope}</span>
              </span>
            </label>
          </li>
        ))}
      </ul>
    </fieldset>
  )
}
