'use client'

import { type FormEvent, useState } from 'react'
import type { Problem } from '../../../api/types.ts'
import { write } from '../../../api/write.ts'
import { FormField, focusFirst } from '../../../components/form-field.tsx'

export function SignInForm({ next }: { next: string }) {
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<Refusal | null>(null)

  async function signIn(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    // Read from the form and not from state: password managers fill fields without telling React.
    const { elements } = event.currentTarget
    const form = new FormData(event.currentTarget)
    const email = String(form.get('email') ?? '').trim()
    const password = String(form.get('password') ?? '')
    if (email === '' || password === '') {
      const missing: Refusal = {
        ...(email === '' ? { email: 'Enter the email you registered with.' } : {}),
        ...(password === '' ? { password: 'Enter your password.' } : {}),
      }
      setRefusal(missing)
      return focusFirst(elements, Object.keys(missing))
    }
    setBusy(true)
    setRefusal(null)
    const written = await write('POST', '/v1/auth/sign-in/email', { email, password })
    // A whole load, so that nothing rendered without the session is left.
    if (written.ok) return window.location.assign(next)
    setBusy(false)
    setRefusal(refusalOf(written.problem))
    focusFirst(elements, ['password'])
  }

  return (
    <form className="mt-5 flex flex-col gap-4" onSubmit={signIn} noValidate>
      <FormField
        name="email"
        label="Email"
        type="email"
        autoComplete="username"
        required
        error={refusal?.email}
        autoCapitalize="none"
        spellCheck={false}
      />
      <FormField
        name="password"
        label="Password"
        type="password"
        autoComplete="current-password"
        required
        error={refusal?.password}
      />
      <p role="alert" className="text-13 text-stuck-text empty:hidden">
        {refusal?.form}
      </p>
      <button type="submit" className="button min-h-10" data-kind="primary" disabled={busy}>
        {busy ? 'Signing in…' : 'Sign in'}
      </button>
    </form>
  )
}

type Refusal = { email?: string; password?: string; form?: string }

function refusalOf(problem: Problem): Refusal {
  if (problem.status === 401) {
    return { form: 'Email or password is wrong. Check both; capital letters count in the password.' }
  }
  if (problem.status === 429) return { form: 'Too many attempts. Wait a minute, then try again.' }
  return { form: `${problem.detail} ${problem.remedy}` }
}
