'use client'

import { type FormEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react'
import type { Refusal } from '../api/refusal.ts'
import { focusRefused } from './form-field.tsx'

type FormDialogProps = {
  /** The button that opens the dialog. */
  opener: string
  openerLabel?: string
  primary?: boolean
  title: string
  submit: string
  busyWord: string
  /** Does it. Null: done; else why not, and the form stays as it was filled in. */
  act: (form: FormData) => Promise<Refusal | null>
  /** The fields; what was refused is said at each. */
  children: (refusal: Refusal) => ReactNode
  /** What came of it and must be read before it is gone; false until there is. Without it the dialog closes when it is done. */
  result?: ReactNode
  onClosed: () => void
}

/** A form behind a button, in a native dialog. A new one each time it opens. */
export function FormDialog(props: FormDialogProps) {
  const titleId = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  const title = useRef<HTMLHeadingElement>(null)
  const [opened, setOpened] = useState(0)
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<Refusal>({})

  // The button that had the focus has gone with the form.
  const isDone = Boolean(props.result)
  useEffect(() => {
    if (isDone) title.current?.focus()
  }, [isDone])

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault()
    const { elements } = event.currentTarget
    setBusy(true)
    setRefusal({})
    const refused = await props.act(new FormData(event.currentTarget))
    setBusy(false)
    if (refused !== null) return setRefusal(focusRefused(elements, refused))
    if (props.result === undefined) dialog.current?.close()
  }

  return (
    <>
      <button
        type="button"
        className="button"
        data-kind={props.primary ? 'primary' : undefined}
        aria-label={props.openerLabel}
        onClick={() => {
          setRefusal({})
          setOpened(opened + 1)
          dialog.current?.showModal()
        }}
      >
        {props.opener}
      </button>
      <dialog
        ref={dialog}
        aria-labelledby={titleId}
        onClose={props.onClosed}
        className="m-auto w-[min(34rem,calc(100vw-2rem))] rounded-panel border border-line bg-raised p-6 text-ink shadow-(--float) backdrop:bg-page/70"
      >
        <h2 id={titleId} ref={title} tabIndex={-1} className="text-16 wrap-anywhere outline-none">
          {props.title}
        </h2>
        {isDone ? (
          <>
            <div className="mt-3 flex flex-col gap-3 text-14">{props.result}</div>
            <div className="mt-6 flex justify-end">
              <button
                type="button"
                className="button"
                data-kind="primary"
                onClick={() => dialog.current?.close()}
              >
                Done
              </button>
            </div>
          </>
        ) : (
          <form key={opened} onSubmit={submit} noValidate className="mt-4 flex flex-col gap-4">
            <p role="alert" className="text-13 text-stuck-text empty:hidden">
              {refusal.form}
            </p>
            {props.children(refusal)}
            <div className="mt-2 flex justify-end gap-2">
              <button type="button" className="button" onClick={() => dialog.current?.close()}>
                Cancel
              </button>
              <button type="submit" className="button" data-kind="primary" disabled={busy}>
                {busy ? props.busyWord : props.submit}
              </button>
            </div>
          </form>
        )}
      </dialog>
    </>
  )
}
