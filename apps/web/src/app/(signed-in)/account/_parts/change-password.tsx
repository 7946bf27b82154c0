'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { type Refusal, refusalOf } from '../../../../api/refusal.ts'
import type { ChangePassword as Request } from '../../../../api/types.ts'
import { write } from '../../../../api/write.ts'
import { FormField, focusRefused } from '../../../../components/form-field.tsx'
import { passwordProblem, shortestPassword } from '../../../../words/roles.ts'

export function ChangePassword({ email }: { email: string }) {
  const router = useRouter()
  const [busy, setBusy] = useState(false)
  const [done, setDone] = useState(false)
  const [refusal, setRefusal] = useState<Refusal>({})

  async function change(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = event.currentTarget
    const { elements } = form
    const data = new FormData(form)
    const request: Request = {
      currentPassword: String(data.get('currentPassword') ?? ''),
      newPassword: String(data.get('newPassword') ?? ''),
    }
    const refuse = (refused: Refusal) => setRefusal(focusRefused(elements, refused))
    setDone(false)
    if (request.currentPassword === '') return refuse({ currentPassword: 'Enter the password you have now.' })
    const weak = passwordProblem(request.newPassword)
    if (weak !== undefined) return refuse({ newPassword: weak })
    setBusy(true)
    setRefusal({})
    const written = await write<null>('POST', '/v1/me/password', request)
    setBusy(false)
    if (!written.ok) return refuse(refusalOf(written.problem))
    form.reset()
    setDone(true)
    router.refresh()
  }

  return (
    <section aria-labelledby="password-title" className="panel">
      <div className="panel-head">
        <h2 id="password-title" className="text-14">
          Password
        </h2>
      </div>
      <form onSubmit={change} noValidate className="flex max-w-md flex-col gap-4 p-4">
        <p role="alert" className="text-13 text-stuck-text empty:hidden">
          {refusal.form}
        </p>
        {/* For password managers: whose password this is. */}
        <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
        <FormField
          name="currentPassword"
          label="Current password"
          type="password"
          autoComplete="current-password"
          error={refusal.currentPassword}
        />
        <FormField
          name="newPassword"
          label="New password"
          type="password"
          autoComplete="new-password"
          hint={`At least ${shortestPassword} characters; a sentence is fine. Your other sessions end.`}
          error={refusal.newPassword}
        />
        <div className="flex flex-wrap items-center gap-3">
          <button type="submit" className="button" data-kind="primary" disabled={busy}>
            {busy ? 'Changing…' : 'Change password'}
          </button>
          <p role="status" className="text-13">
            {done && 'Changed. Your other sessions have ended.'}
          </p>
        </div>
      </form>
    </section>
  )
}
