'use client'

import { useRouter } from 'next/navigation'
import { type Refusal, refusalOf } from '../../../../../api/refusal.ts'
import type { User } from '../../../../../api/types.ts'
import { write } from '../../../../../api/write.ts'
import { FormDialog } from '../../../../../components/form-dialog.tsx'
import { FormField } from '../../../../../components/form-field.tsx'
import { SelectField } from '../../../../../components/select-field.tsx'
import { passwordProblem } from '../../../../../words/roles.ts'
import { visibleText } from '../../../../../words/visible-text.ts'
import { roleOptions } from './role-options.ts'

/** Name, role and password of somebody; only what differs is sent. */
export function ChangeUser({ user, own }: { user: User; own: boolean }) {
  const router = useRouter()
  const id = (field: string) => `${field}-of-${user.id}`

  async function change(form: FormData): Promise<Refusal | null> {
    const text = (name: string) => String(form.get(name) ?? '')
    const [name, role, password] = [text('name').trim(), text('role'), text('password')]
    if (name === '') return { name: 'Enter the name that others will see.' }
    const weak = password === '' ? undefined : passwordProblem(password)
    if (weak !== undefined) return { password: weak }
    const changes = {
      ...(name !== user.name && { name }),
      ...(role !== user.role && { role }),
      ...(password !== '' && { password }),
    }
    if (Object.keys(changes).length === 0) return { form: 'Nothing was changed yet.' }
    const written = await write<User>('PATCH', `/v1/users/${encodeURIComponent(user.id)}`, changes)
    if (!written.ok) return refusalOf(written.problem)
    router.refresh()
    return null
  }

  return (
    <FormDialog
      opener="Change…"
      openerLabel={`Change ${visibleText(user.name)}`}
      title={`Change ${visibleText(user.name)}`}
      submit="Save"
      busyWord="Saving…"
      act={change}
      onClosed={() => {}}
    >
      {(refusal) => (
        <>
          <FormField
            id={id('name')}
            name="name"
            label="Name"
            autoComplete="off"
            defaultValue={user.name}
            error={refusal.name}
          />
          <SelectField
            id={id('role')}
            name="role"
            label="Role"
            options={roleOptions}
            defaultValue={user.role}
          />
          <FormField
            id={id('password')}
            name="password"
            label="New password"
            type="password"
            autoComplete="new-password"
            hint="Empty: the present one stays."
            error={refusal.password}
          />
          <p className="text-13 text-muted">
            A new role or password signs {own ? 'you' : 'them'} out everywhere{own && ', here too'}.
          </p>
        </>
      )}
    </FormDialog>
  )
}
