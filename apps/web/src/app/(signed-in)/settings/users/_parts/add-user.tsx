'use client'

import { useRouter } from 'next/navigation'
import { type Refusal, refusalOf } from '../../../../../api/refusal.ts'
import type { CreateUser, User } from '../../../../../api/types.ts'
import { write } from '../../../../../api/write.ts'
import { FormDialog } from '../../../../../components/form-dialog.tsx'
import { FormField } from '../../../../../components/form-field.tsx'
import { SelectField } from '../../../../../components/select-field.tsx'
import { passwordProblem, shortestPassword } from '../../../../../words/roles.ts'
import { roleOptions } from './role-options.ts'

export function AddUser() {
  const router = useRouter()

  async function add(form: FormData): Promise<Refusal | null> {
    const text = (name: string) => String(form.get(name) ?? '')
    const request: CreateUser = {
      email: text('email').trim(),
      name: text('name').trim(),
      role: text('role') as User['role'],
      password: text('password'),
    }
    const refusal: Record<string, string> = {}
    if (request.name === '') refusal.name = 'Enter the name that others will see.'
    if (!/^[^@\s]+@[^@\s]+$/.test(request.email))
      refusal.email = 'Enter an email address, such as ada@example.com.'
    const weak = passwordProblem(request.password)
    if (weak !== undefined) refusal.password = weak
    if (Object.keys(refusal).length > 0) return refusal
    const written = await write<User>('POST', '/v1/users', request)
    if (!written.ok) return refusalOf(written.problem)
    router.refresh()
    return null
  }

  return (
    <FormDialog
      opener="Add person…"
      primary
      title="Add a person"
      submit="Add person"
      busyWord="Adding…"
      act={add}
      onClosed={() => {}}
    >
      {(refusal) => (
        <>
          <FormField id="new-name" name="name" label="Name" autoComplete="off" error={refusal.name} />
          <FormField
            id="new-email"
            name="email"
            label="Email"
            type="email"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            error={refusal.email}
          />
          <SelectField id="new-role" name="role" label="Role" options={roleOptions} defaultValue="viewer" />
          <FormField
            id="new-password"
            name="password"
            label="First password"
            type="password"
            autoComplete="new-password"
            hint={`At least ${shortestPassword} characters. Hand it over on a safe way; they change it under Your account.`}
            error={refusal.password}
          />
        </>
      )}
    </FormDialog>
  )
}
