'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, useId, useRef, useState } from 'react'
import type { HostsLabeled } from '../../../../api/types.ts'
import { write } from '../../../../api/write.ts'
import { labelChange, labelSentence } from '../../../../words/label-change.ts'
import { counted } from '../../../../words/numbers.ts'

type LabelHostsProps = {
  opener: string
  /** Hosts as the API takes a selection of them. */
  selection: Record<string, unknown>
  /** Who that is, in words: `3 hosts (db-7, db-9 and web-1)`. */
  hosts: string
}

/** Sets and removes labels, with a sentence that says what will happen before it does. */
export function LabelHosts({ opener, selection, hosts }: LabelHostsProps) {
  const router = useRouter()
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  const [typed, setTyped] = useState({ set: '', remove: '' })
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const [done, setDone] = useState<string | null>(null)
  const change = labelChange(typed.set, typed.remove)
  const sentence = labelSentence(change, hosts)
  const wrong = change.wrong.set ?? change.wrong.remove

  async function apply(event: FormEvent) {
    event.preventDefault()
    if (sentence === null || wrong !== undefined) return
    setBusy(true)
    const written = await write<HostsLabeled>('POST', '/v1/hosts/labels', {
      hosts: selection,
      set: change.set,
      remove: change.remove,
    })
    setBusy(false)
    if (!written.ok) return setProblem(`${written.problem.detail} ${written.problem.remedy}`)
    setProblem(null)
    setDone(`${counted(written.answer.changed, 'host')} changed.`)
    setTyped({ set: '', remove: '' })
    dialog.current?.close()
    router.refresh()
  }

  const field = (name: 'set' | 'remove', label: string, example: string) => (
    <div>
      <label htmlFor={`${id}-${name}`} className="text-13 font-medium">
        {label}
      </label>
      <input
        id={`${id}-${name}`}
        value={typed[name]}
        onChange={(event) => setTyped({ ...typed, [name]: event.target.value })}
        aria-invalid={change.wrong[name] === undefined ? undefined : true}
        aria-describedby={`${id}-says`}
        placeholder={example}
        maxLength={2000}
        autoComplete="off"
        spellCheck={false}
        className="field mono mt-1 text-13"
      />
    </div>
  )
  return (
    <>
      <button type="button" className="button" onClick={() => dialog.current?.showModal()}>
        {opener}
      </button>
      <span role="status" className="text-13 text-muted empty:hidden">
        {done}
      </span>
      <dialog
        ref={dialog}
        aria-labelledby={`${id}-title`}
        className="m-auto w-[min(32rem,calc(100vw-2rem))] rounded-panel border border-line bg-raised p-6 text-ink shadow-(--float) backdrop:bg-page/70"
      >
        <form onSubmit={apply} className="flex flex-col gap-4">
          <h2 id={`${id}-title`} className="text-16">
            Labels
          </h2>
          {field('set', 'Set', 'env=prod, team=db')}
          {field('remove', 'Remove', 'canary')}
          <p
            id={`${id}-says`}
            aria-live="polite"
            className={`text-13 wrap-anywhere ${wrong === undefined ? 'text-muted' : 'text-stuck-text'}`}
          >
            {wrong ??
              sentence ??
              'What is set here goes over what the agent’s own configuration says; removed here, that comes back.'}
          </p>
          {problem !== null && (
            <p role="alert" className="text-13 text-stuck-text">
              {problem}
            </p>
          )}
          <div className="flex justify-end gap-2">
            <button type="button" className="button" onClick={() => dialog.current?.close()}>
              Cancel
            </button>
            <button
              type="submit"
              className="button"
              data-kind="primary"
              disabled={busy || sentence === null || wrong !== undefined}
            >
              {busy ? 'Changing…' : 'Change labels'}
            </button>
          </div>
        </form>
      </dialog>
    </>
  )
}
