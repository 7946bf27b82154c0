'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, useRef, useState } from 'react'
import { type Refusal, refusalOf } from '../../../../../api/refusal.ts'
import type { ChannelWritten, WriteChannel } from '../../../../../api/types.ts'
import { write } from '../../../../../api/write.ts'
import { focusRefused } from '../../../../../components/form-field.tsx'
import { ShownOnce } from '../../../../../components/shown-once.tsx'
import { readChannelForm } from '../../../../../words/channel-form.ts'
import { RouteFields } from './route-fields.tsx'
import { TargetFields } from './target-fields.tsx'

type ChannelFormProps = { id: string | null; channel: WriteChannel; hasSecret: boolean; mayWrite: boolean }

/** Where a channel leads and what goes there. `id` null: of a new one. A secret the server made is shown before anything else happens. */
export function ChannelForm({ id, channel, hasSecret, mayWrite }: ChannelFormProps) {
  const router = useRouter()
  const form = useRef<HTMLFormElement>(null)
  const [refusal, setRefusal] = useState<Refusal>({})
  const [busy, setBusy] = useState(false)
  const [made, setMade] = useState<{ id: string; secret: string } | null>(null)
  const [saved, setSaved] = useState(false)

  function refuse(refused: Refusal) {
    if (form.current) setRefusal(focusRefused(form.current.elements, refused))
  }

  async function save(event: FormEvent) {
    event.preventDefault()
    if (form.current === null) return
    setRefusal({})
    setSaved(false)
    const read = readChannelForm(channel.target.type, new FormData(form.current))
    if ('refusal' in read) return refuse(read.refusal)
    setBusy(true)
    const written =
      id === null
        ? await write<ChannelWritten>('POST', '/v1/channels', read.channel)
        : await write<ChannelWritten>('PUT', `/v1/channels/${id}`, read.channel)
    setBusy(false)
    if (!written.ok) return refuse(refusalOf(written.problem, 'target'))
    const { secret } = written.answer
    if (secret !== null) return setMade({ id: written.answer.id, secret })
    if (id === null) return router.push(`/alerts/channels/${written.answer.id}`)
    setSaved(true)
    router.refresh()
  }

  if (made !== null) {
    return (
      <section aria-labelledby="secret" className="panel flex max-w-[72ch] flex-col gap-3 p-4">
        <h2 id="secret" tabIndex={-1} ref={(title) => title?.focus()} className="text-16 outline-none">
          The signing secret
        </h2>
        <ShownOnce secret={made.secret} what="the secret" />
        <div className="flex justify-end">
          <button
            type="button"
            className="button"
            data-kind="primary"
            onClick={() => {
              router.push(`/alerts/channels/${made.id}`)
              router.refresh()
            }}
          >
            Done
          </button>
        </div>
      </section>
    )
  }
  return (
    <form ref={form} onSubmit={save} noValidate className="panel max-w-[72ch] p-4" aria-label="Channel">
      <fieldset disabled={!mayWrite} className="flex min-w-0 flex-col gap-4">
        <p role="alert" className="text-13 wrap-anywhere text-stuck-text empty:hidden">
          {refusal.form}
        </p>
        <TargetFields channel={channel} hasSecret={hasSecret} refusal={refusal} />
        <RouteFields channel={channel} refusal={refusal} />
        {mayWrite ? (
          <div className="mt-2 flex items-center justify-end gap-2">
            <span role="status" className="mr-auto text-13 text-muted">
              {saved && 'Saved.'}
            </span>
            <button type="submit" className="button" data-kind="primary" disabled={busy}>
              {busy ? 'Saving…' : id === null ? 'Make channel' : 'Save'}
            </button>
          </div>
        ) : (
          <p className="text-13 text-muted">Admins change channels.</p>
        )}
      </fieldset>
    </form>
  )
}
