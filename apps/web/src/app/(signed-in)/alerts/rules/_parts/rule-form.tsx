'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, useRef, useState } from 'react'
import { type Refusal, refusalOf } from '../../../../../api/refusal.ts'
import type { RuleDryRun, WriteRule } from '../../../../../api/types.ts'
import { write } from '../../../../../api/write.ts'
import { focusRefused } from '../../../../../components/form-field.tsx'
import { readRuleForm } from '../../../../../words/rule-form.ts'
import { DryRun } from './dry-run.tsx'
import { RuleFields } from './rule-fields.tsx'

type RuleFormProps = { id: string | null; rule: WriteRule; mayWrite: boolean }

/** A rule's fields, and beside them what such a rule would have done. `id` null: of a new one. Without the right to write: to read. */
export function RuleForm({ id, rule, mayWrite }: RuleFormProps) {
  const router = useRouter()
  const form = useRef<HTMLFormElement>(null)
  const [refusal, setRefusal] = useState<Refusal>({})
  const [busy, setBusy] = useState<'save' | 'try' | null>(null)
  const [run, setRun] = useState<{ days: number; answer: RuleDryRun } | null>(null)

  function refuse(refused: Refusal) {
    if (form.current) setRefusal(focusRefused(form.current.elements, refused))
  }

  /** What is typed, or null once it has said what cannot be. */
  function typed(): WriteRule | null {
    setRefusal({})
    if (form.current === null) return null
    const read = readRuleForm(new FormData(form.current))
    if ('rule' in read) return read.rule
    refuse(read.refusal)
    return null
  }

  async function save(event: FormEvent) {
    event.preventDefault()
    const changed = typed()
    if (changed === null) return
    setBusy('save')
    const written =
      id === null ? await write('POST', '/v1/rules', changed) : await write('PUT', `/v1/rules/${id}`, changed)
    setBusy(null)
    if (!written.ok) return refuse(refusalOf(written.problem))
    router.push('/alerts/rules')
    router.refresh()
  }

  async function tryIt(days: number) {
    const changed = typed()
    if (changed === null) return
    setBusy('try')
    const written = await write<RuleDryRun>('POST', '/v1/rules/dry-run', { rule: changed, days })
    setBusy(null)
    if (!written.ok) return refuse(refusalOf(written.problem, 'rule'))
    setRun({ days, answer: written.answer })
  }

  return (
    <form
      ref={form}
      onSubmit={save}
      noValidate
      aria-label="Rule"
      className="grid items-start gap-4 lg:grid-cols-[minmax(0,5fr)_minmax(0,4fr)]"
    >
      <fieldset disabled={!mayWrite} className="panel flex min-w-0 flex-col gap-4 p-4">
        <p role="alert" className="text-13 wrap-anywhere text-stuck-text empty:hidden">
          {refusal.form}
        </p>
        <RuleFields rule={rule} refusal={refusal} />
        {!mayWrite && <p className="text-13 text-muted">Operators and admins change rules.</p>}
      </fieldset>
      {mayWrite && <DryRun run={run} busy={busy === 'try'} onTry={(days) => void tryIt(days)} />}
      {mayWrite && (
        <div className="flex justify-end gap-2">
          <button type="button" className="button" onClick={() => router.push('/alerts/rules')}>
            Cancel
          </button>
          <button type="submit" className="button" data-kind="primary" disabled={busy !== null}>
            {busy === 'save' ? 'Saving…' : 'Save rule'}
          </button>
        </div>
      )}
    </form>
  )
}
