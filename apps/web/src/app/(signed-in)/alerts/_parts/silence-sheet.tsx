'use client'

import Link from 'next/link'
import { useRouter } from 'next/navigation'
import { useEffect, useId, useRef, useState } from 'react'
import { refusalOf } from '../../../../api/refusal.ts'
import type { AlertSummary } from '../../../../api/types.ts'
import { write } from '../../../../api/write.ts'
import { FormField } from '../../../../components/form-field.tsx'
import { type SilenceEnd, silenceEnds } from '../../../../words/silence-ends.ts'
import { visibleText } from '../../../../words/visible-text.ts'

/** Silences one alert in two taps: this button, then for how long. On a phone the choices come up where the thumb is. */
export function SilenceSheet({ alert }: { alert: AlertSummary }) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <button
        type="button"
        className="button max-sm:min-h-11"
        aria-label={`Silence ${visibleText(alert.summary)}…`}
        onClick={() => setOpen(true)}
      >
        Silence…
      </button>
      {open && <Sheet alert={alert} onClosed={() => setOpen(false)} />}
    </>
  )
}

function Sheet({ alert, onClosed }: { alert: AlertSummary; onClosed: () => void }) {
  const router = useRouter()
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  const first = useRef<HTMLButtonElement>(null)
  const [ends] = useState(() => silenceEnds(new Date()))
  const [reason, setReason] = useState('Being looked at')
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)

  useEffect(() => {
    if (dialog.current?.open === false) dialog.current.showModal()
    // The choice, not the reason: a keyboard would come up over it.
    first.current?.focus()
  }, [])

  async function silence({ endsAt }: SilenceEnd) {
    setBusy(true)
    setProblem(null)
    const written = await write('POST', '/v1/silences', { alertId: alert.id, reason, endsAt })
    setBusy(false)
    if (!written.ok) {
      const refusal = refusalOf(written.problem)
      return setProblem(refusal.reason === undefined ? (refusal.form ?? '') : `The reason ${refusal.reason}`)
    }
    dialog.current?.close()
    router.refresh()
  }

  return (
    <dialog
      ref={dialog}
      aria-labelledby={`${id}-title`}
      onClose={onClosed}
      closedby="any"
      className="m-auto w-[min(28rem,calc(100vw-2rem))] rounded-panel border border-line bg-raised p-6 text-ink shadow-(--float) backdrop:bg-page/70 max-sm:mb-0 max-sm:w-full max-sm:max-w-none max-sm:rounded-b-none max-sm:p-4 max-sm:pb-[calc(1rem+env(safe-area-inset-bottom))]"
    >
      <h2 id={`${id}-title`} className="text-16 wrap-anywhere">
        Silence this alert
      </h2>
      <p className="mt-1 text-13 wrap-anywhere text-muted">
        Nothing more is sent of it; it stays on the pages. <bdi>{visibleText(alert.summary)}</bdi>
      </p>
      <div className="mt-4">
        <FormField
          id={`${id}-reason`}
          name="reason"
          label="Reason"
          value={reason}
          maxLength={1000}
          autoComplete="off"
          onChange={(event) => setReason(event.target.value)}
        />
      </div>
      {problem !== null && (
        <p role="alert" className="mt-3 text-13 text-stuck-text">
          {problem}
        </p>
      )}
      <div className="mt-4 grid gap-2">
        {ends.map((end, index) => (
          <button
            key={end.word}
            ref={index === 0 ? first : undefined}
            type="button"
            className="button min-h-11"
            data-kind={index === 0 ? 'primary' : undefined}
            disabled={busy}
            onClick={() => void silence(end)}
          >
            {end.word}
          </button>
        ))}
      </div>
      <div className="mt-4 flex items-center justify-between gap-3">
        <Link
          href="/alerts/silences"
          prefetch={false}
          className="textlink inline-flex min-h-8 items-center text-13"
        >
          More than this alert
        </Link>
        <button type="button" className="button" onClick={() => dialog.current?.close()}>
          Cancel
        </button>
      </div>
    </dialog>
  )
}
