'use client'

import { useRouter } from 'next/navigation'
import { useRef, useState } from 'react'
import { write } from '../../api/write.ts'
import { counted } from '../../words/numbers.ts'

/** Says, on every page and for as long as it is true, that simulated hosts are among what is shown. Only admins may remove them. */
export function DemoBanner({ hosts, removable }: { hosts: number; removable: boolean }) {
  const router = useRouter()
  const dialog = useRef<HTMLDialogElement>(null)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)

  async function remove() {
    setBusy(true)
    const written = await write<{ removed: number }>('DELETE', '/v1/demo')
    setBusy(false)
    if (!written.ok) return setProblem(`${written.problem.detail} ${written.problem.remedy}`)
    dialog.current?.close()
    router.refresh()
  }

  return (
    <aside
      aria-label="Demo fleet"
      className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-surface px-4 py-1.5 text-13 sm:px-6"
    >
      <span className="rounded border border-dashed border-control px-1 text-12 leading-4 text-muted">
        demo
      </span>
      <p>
        {counted(hosts, 'simulated host')} {hosts === 1 ? 'is' : 'are'} shown
        <span className="max-sm:hidden"> beside real ones, each with this mark</span>.
      </p>
      {removable && (
        <button type="button" className="textlink min-h-6" onClick={() => dialog.current?.showModal()}>
          Remove demo
        </button>
      )}
      <dialog
        ref={dialog}
        aria-labelledby="remove-demo-title"
        className="m-auto w-[min(26rem,calc(100vw-2rem))] rounded-panel border border-line bg-raised p-6 text-ink shadow-(--float) backdrop:bg-page/70"
      >
        <h2 id="remove-demo-title" className="text-16">
          Remove the demo fleet
        </h2>
        <p className="mt-2 text-14 text-muted">
          {counted(hosts, 'simulated host')} and their history go for good. Hosts that reported themselves
          stay.
        </p>
        {problem !== null && (
          <p role="alert" className="mt-3 text-13 text-stuck-text">
            {problem}
          </p>
        )}
        <div className="mt-6 flex justify-end gap-2">
          <button type="button" className="button" onClick={() => dialog.current?.close()}>
            Keep it
          </button>
          <button type="button" className="button" data-kind="primary" disabled={busy} onClick={remove}>
            {busy ? 'Removing…' : 'Remove demo'}
          </button>
        </div>
      </dialog>
    </aside>
  )
}
