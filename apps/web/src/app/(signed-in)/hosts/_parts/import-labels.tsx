'use client'

import { useRouter } from 'next/navigation'
import { type FormEvent, useId, useRef, useState } from 'react'
import type { LabelsImported } from '../../../../api/types.ts'
import { writeText } from '../../../../api/write.ts'
import { importSentence } from '../../../../words/label-import.ts'

/** Labels from an inventory, as a file of comma-separated values. */
export function ImportLabels() {
  const router = useRouter()
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  const file = useRef<HTMLInputElement>(null)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  const [done, setDone] = useState<LabelsImported | null>(null)

  async function send(event: FormEvent) {
    event.preventDefault()
    const chosen = file.current?.files?.[0]
    if (chosen === undefined) return setProblem('Choose a file first.')
    setBusy(true)
    setDone(null)
    const written = await writeText<LabelsImported>('/v1/labels/import', 'text/csv', await chosen.text())
    setBusy(false)
    if (!written.ok) return setProblem(`${written.problem.detail} ${written.problem.remedy}`)
    setProblem(null)
    setDone(written.answer)
    router.refresh()
  }

  return (
    <>
      <button type="button" className="button max-sm:min-h-11" onClick={() => dialog.current?.showModal()}>
        Import labels…
      </button>
      <dialog
        ref={dialog}
        aria-labelledby={`${id}-title`}
        className="m-auto w-[min(32rem,calc(100vw-2rem))] rounded-panel border border-line bg-raised p-6 text-ink shadow-(--float) backdrop:bg-page/70"
      >
        <form onSubmit={send} className="flex flex-col gap-4">
          <h2 id={`${id}-title`} className="text-16">
            Import labels
          </h2>
          <p className="text-13 text-muted">
            A file of comma-separated values: first a line of names, <code className="mono">host</code> and
            one for each label; then a line for each host, by its name, host id or machine id. An empty cell
            changes nothing.
          </p>
          <pre className="mono rounded-control border border-line bg-surface p-3 text-13">
            {'host,env,team\ndb-7,prod,storage\nweb-31,prod,'}
          </pre>
          <div>
            <label htmlFor={`${id}-file`} className="text-13 font-medium">
              File
            </label>
            <input ref={file} id={`${id}-file`} type="file" accept=".csv,text/csv" className="field mt-1" />
          </div>
          <div aria-live="polite" className="text-13">
            {done !== null && importSentence(done).map((line) => <p key={line}>{line}</p>)}
          </div>
          {problem !== null && (
            <p role="alert" className="text-13 text-stuck-text">
              {problem}
            </p>
          )}
          <div className="flex justify-end gap-2">
            <button type="button" className="button" onClick={() => dialog.current?.close()}>
              {done === null ? 'Cancel' : 'Close'}
            </button>
            <button type="submit" className="button" data-kind="primary" disabled={busy}>
              {busy ? 'Importing…' : 'Import'}
            </button>
          </div>
        </form>
      </dialog>
    </>
  )
}
