'use client'

import { useState } from 'react'
import type { EnrollmentToken } from '../../../../api/types.ts'
import { write } from '../../../../api/write.ts'
import { CopyButton } from '../../../../components/copy-button.tsx'
import { utcInstant } from '../../../../words/duration.ts'
import { number } from '../../../../words/numbers.ts'

const token = { label: 'Made on the overview', expiresInHours: 24, maxUses: 100 }

type AddHostsProps = { base: string; mayCreate: boolean; first: boolean; wanted: boolean }

/**
 * How the next host comes in: one line to paste, with a token that admins make here. Once made it stays for the visit, also when the
 * first hosts have arrived: it is shown this once.
 */
export function AddHosts({ base, mayCreate, first, wanted }: AddHostsProps) {
  const [made, setMade] = useState<EnrollmentToken | null>(null)
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)
  if (!wanted && made === null) return null

  async function create() {
    setBusy(true)
    const written = await write<EnrollmentToken>('POST', '/v1/enrollment-tokens', token)
    setBusy(false)
    setProblem(written.ok ? null : `${written.problem.detail} ${written.problem.remedy}`)
    if (written.ok) setMade(written.answer)
  }

  const command = `curl -fsS ${base}/install.sh | sudo GRAFTWATCH_URL=${base} GRAFTWATCH_TOKEN=${made?.token ?? '…'} sh`
  return (
    <section aria-labelledby="add-title" className="panel mt-4 clear-both">
      <div className="panel-head">
        <h2 id="add-title" className="text-14">
          {first ? 'Add the first host' : 'Add hosts'}
        </h2>
      </div>
      <div className="flex flex-col gap-3 p-4 text-14">
        <p className="max-w-[72ch]">
          Run this on a host. It installs the agent as a service that only reads /sys and /proc, opens no port
          and runs no other program; this page fills by itself.
        </p>
        <div className="flex items-start gap-2 max-sm:flex-col">
          <pre className="mono min-w-0 flex-1 rounded-control border border-line bg-surface p-3 text-13 wrap-anywhere whitespace-pre-wrap max-sm:w-full">
            {command}
          </pre>
          <CopyButton text={command} label="Copy" what="the install command" />
        </div>
        <div aria-live="polite" className="flex flex-wrap items-center gap-x-3 gap-y-2 text-13">
          {made !== null ? (
            <>
              <p>
                The line holds a new token, shown this once. It enrolls up to {number(token.maxUses)} hosts
                until {utcInstant(made.expiresAt, Date.now())}.
              </p>
              <CopyButton text={made.token} label="Copy token" />
            </>
          ) : (
            <>
              <p className="max-w-[72ch] text-muted">
                <code className="mono">…</code> stands for an enrollment token.{' '}
                {mayCreate
                  ? `One made here enrolls up to ${token.maxUses} hosts within ${token.expiresInHours} h and is shown once.`
                  : 'An admin makes one on this page.'}
              </p>
              {mayCreate && (
                <button type="button" className="button" disabled={busy} onClick={create}>
                  {busy ? 'Creating…' : 'Create a token'}
                </button>
              )}
            </>
          )}
        </div>
        {problem !== null && (
          <p role="alert" className="text-13 text-stuck-text">
            {problem}
          </p>
        )}
      </div>
    </section>
  )
}
