'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import { type Refusal, refusalOf } from '../../../../../api/refusal.ts'
import type { NewEnrollmentToken } from '../../../../../api/types.ts'
import { write } from '../../../../../api/write.ts'
import { FormDialog } from '../../../../../components/form-dialog.tsx'
import { ShownOnce } from '../../../../../components/shown-once.tsx'
import { TokenFields } from '../../../../../components/token-fields.tsx'
import { readTokenForm } from '../../../../../words/token-form.ts'

export function AddToken() {
  const router = useRouter()
  const [made, setMade] = useState<string | null>(null)

  async function make(form: FormData): Promise<Refusal | null> {
    const read = readTokenForm(form)
    if ('refusal' in read) return read.refusal
    const written = await write<NewEnrollmentToken>('POST', '/v1/enrollment-tokens', read.request)
    if (!written.ok) return refusalOf(written.problem)
    setMade(written.answer.token)
    return null
  }

  return (
    <FormDialog
      opener="Make token…"
      primary
      title={made === null ? 'Make an enrollment token' : 'The token'}
      submit="Make token"
      busyWord="Making…"
      act={make}
      result={made !== null && <ShownOnce secret={made} what="the token" />}
      onClosed={() => {
        if (made === null) return
        setMade(null)
        router.refresh()
      }}
    >
      {(refusal) => <TokenFields refusal={refusal} />}
    </FormDialog>
  )
}
