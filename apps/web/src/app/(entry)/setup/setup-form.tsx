'use client'

import { type FormEvent, useEffect, useState } from 'react'
import type { Problem, SetupRequest } from '../../../api/types.ts'
import { write } from '../../../api/write.ts'
import { FormField, focusFirst } from '../../../components/form-field.tsx'

type Field = keyof SetupRequest
type Refusal = Partial<Record<Field | 'form', string>>

/** As the contract's `setupRequest` has it. */
const shortestPassword = 12

export function SetupForm() {
  const [code, setCode] = useState('')
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<Refusal>({})

  useEffect(() => {
    // A fragment is never sent to a server, so the code stays out of every log; after reading it leaves the address bar too.
    const fromLink = new URLSearchParams(window.location.hash.slice(1)).get('code')
    if (fromLink === null) return
    setCode(fromLink)
    window.history.replaceState(window.history.state, '', window.location.pathname)
  }, [])

  async function setUp(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const form = new FormData(event.currentTarget)
    const text = (name: Field) => String(form.get(name) ?? '')
    const email = text('email').trim()
    const request: SetupRequest = {
      code: text('code').trim(),
      email,
      password: text('password'),
      name: text('name').trim() || (email.split('@')[0] ?? email),
    }
    const { elements } = event.currentTarget
    const refuse = (refused: Refusal) => {
      setRefusal(refused)
      focusFirst(elements, Object.keys(refused))
    }
    const missing = missingIn(request)
    if (Object.keys(missing).length > 0) return refuse(missing)
    setRefusal({})

    setBusy(true)
    const written = await write('POST', '/v1/setup', request)
    if (written.ok) return window.location.assign('/')
    setBusy(false)
    refuse(refusalOf(written.problem))
  }

  return (
    <form className="mt-5 flex flex-col gap-4" onSubmit={setUp} noValidate>
      <p role="alert" className="text-13 text-stuck-text empty:hidden">
        {refusal.form}
      </p>
      <FormField
        name="code"
        label="Set-up code"
        value={code}
        onChange={(event) => setCode(event.target.value)}
        autoComplete="one-time-code"
        spellCheck={false}
        hint="From the link that the terminal printed when Graftwatch started."
        error={refusal.code}
      />
      <FormField name="name" label="Name" autoComplete="name" hint="Optional." error={refusal.name} />
      <FormField
        name="email"
        label="Email"
        type="email"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        error={refusal.email}
      />
      <FormField
        name="password"
        label="Password"
        type="password"
        autoComplete="new-password"
        hint={`At least ${shortestPassword} characters; a sentence is fine.`}
        error={refusal.password}
      />
      <button type="submit" className="button min-h-10" data-kind="primary" disabled={busy}>
        {busy ? 'Creating…' : 'Create admin and sign in'}
      </button>
    </form>
  )
}

function missingIn(request: SetupRequest): Refusal {
  const refusal: Refusal = {}
  if (request.code === '') refusal.code = 'Enter the code from the terminal.'
  if (!/^[^@\s]+@[^@\s]+$/.test(request.email))
    refusal.email = 'Enter an email address, such as ada@example.com.'
  if (request.password.length < shortestPassword) {
    refusal.password = `The password has ${request.password.length} characters, it needs ${shortestPassword}.`
  }
  return refusal
}

/** The API names fields by JSON pointer; the sentence with the way out stands above them all. */
function refusalOf(problem: Problem): Refusal {
  const refusal: Refusal = { form: `${problem.detail} ${problem.remedy}` }
  for (const { field, message } of problem.errors ?? []) {
    const name = field.replace(/^\//, '')
    if (name === 'code' || name === 'email' || name === 'password' || name === 'name') refusal[name] = message
  }
  return refusal
}
