'use client'

import { type ReactNode, useId, useRef, useState } from 'react'
import type { Written } from '../api/write.ts'

type ConfirmDialogProps = {
  /** The button that opens the dialog. */
  opener: string
  /** Its name where several look alike, such as `Remove Ada`. */
  openerLabel?: string
  openerClass: string
  title: string
  /** What happens, in full, before it does. */
  children: ReactNode
  keep: string
  confirm: string
  busyWord: string
  act: () => Promise<Written<unknown>>
  onDone: () => void
}

/** A button whose act cannot be taken back, behind a native dialog: it traps and returns the focus, and Escape closes it. */
export function ConfirmDialog(props: ConfirmDialogProps) {
  const titleId = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)

  async function confirm() {
    setBusy(true)
    setProblem(null)
    const written = await props.act()
    setBusy(false)
    if (!written.ok) return setProblem(`${written.problem.detail} ${written.problem.remedy}`)
    dialog.current?.close()
    props.onDone()
  }

  return (
    <>
      <button
        type="button"
        className={props.openerClass}
        aria-label={props.openerLabel}
        onClick={() => {
          setProblem(null)
          dialog.current?.showModal()
        }}
      >
        {props.opener}
      </button>
      <dialog
        ref={dialog}
        aria-labelledby={titleId}
        className="m-auto w-[min(28rem,calc(100vw-2rem))] rounded-panel border border-line bg-raised p-6 text-ink shadow-(--float) backdrop:bg-page/70"
      >
        <h2 id={titleId} className="text-16 wrap-anywhere">
          {props.title}
        </h2>
        <div className="mt-2 flex flex-col gap-3 text-14 text-muted">{props.children}</div>
        {problem !== null && (
          <p role="alert" className="mt-3 text-13 text-stuck-text">
            {problem}
          </p>
        )}
        <div className="mt-6 flex justify-end gap-2">
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            {props.keep}
          </button>
          <button type="button" className="button" data-kind="primary" disabled={busy} onClick={confirm}>
            {busy ? props.busyWord : props.confirm}
          </button>
        </div>
      </dialog>
    </>
  )
}
