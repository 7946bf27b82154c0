'use client'

import { type FormEvent, useState } from 'react'
import { type Refusal, refusalOf } from '../../../../api/refusal.ts'
import type { NewEnrollmentToken } from '../../../../api/types.ts'
import { write } from '../../../../api/write.ts'
import { focusRefused } from '../../../../components/form-field.tsx'
import { TokenFields } from '../../../../components/token-fields.tsx'
import { readTokenForm } from '../../../../words/token-form.ts'

type TokenFormProps = {
  name: string
  onMade: (token: NewEnrollmentToken) => void
  /** Null where the address needs no such consent. */
  allowHttp: { on: boolean; set: (on: boolean) => void } | null
}

/** What the line is to allow, asked before it is made. */
export function TokenForm({ name, onMade, allowHttp }: TokenFormProps) {
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<Refusal>({})

  async function make(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const { elements } = event.currentTarget
    const refuse = (refused: Refusal) => setRefusal(focusRefused(elements, refused))
    const read = readTokenForm(new FormData(event.currentTarget))
    if ('refusal' in read) return refuse(read.refusal)
    setBusy(true)
    setRefusal({})
    const written = await write<NewEnrollmentToken>('POST', '/v1/enrollment-tokens', read.request)
    setBusy(false)
    if (written.ok) return onMade(written.answer)
    refuse(refusalOf(written.problem))
  }

  return (
    <form onSubmit={make} noValidate className="flex flex-col gap-4 p-4">
      <p role="alert" className="text-13 text-stuck-text empty:hidden">
        {refusal.form}
      </p>
      <TokenFields refusal={refusal} name={name} />
      {allowHttp !== null && (
        <label className="flex items-start gap-2 rounded-control border border-line bg-surface p-3 text-13">
          <input
            type="checkbox"
            checked={allowHttp.on}
            onChange={(event) => allowHttp.set(event.target.checked)}
            className="mt-0.5 size-4 shrink-0"
          />
          <span>
            I trust every network between the hosts and this dashboard. Its address has no TLS, so the
            installer refuses it otherwise: the token would travel in the open, and whoever is on the way
            could swap the agent.
          </span>
        </label>
      )}
      <button type="submit" className="button min-h-10 self-start" data-kind="primary" disabled={busy}>
        {busy ? 'Making…' : 'Make a line'}
      </button>
    </form>
  )
}
