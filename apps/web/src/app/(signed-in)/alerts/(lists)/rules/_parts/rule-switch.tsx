'use client'

import { useRouter } from 'next/navigation'
import { useState } from 'react'
import type { Rule } from '../../../../../../api/types.ts'
import { write } from '../../../../../../api/write.ts'
import { writableRule } from '../../../../../../words/rule-form.ts'
import { visibleText } from '../../../../../../words/visible-text.ts'

/** Switches a rule on or off and leaves the rest of it as it is. */
export function RuleSwitch({ rule }: { rule: Rule }) {
  const router = useRouter()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)

  async function change() {
    setBusy(true)
    setProblem(null)
    const changed = { ...writableRule(rule), enabled: !rule.enabled }
    const written = await write('PUT', `/v1/rules/${rule.id}`, changed)
    setBusy(false)
    if (!written.ok) return setProblem(`${written.problem.detail} ${written.problem.remedy}`)
    router.refresh()
  }

  return (
    <>
      <button
        type="button"
        role="switch"
        aria-checked={rule.enabled}
        aria-label={`Watch ${visibleText(rule.name)}`}
        className="button"
        disabled={busy}
        onClick={() => void change()}
      >
        <span
          aria-hidden="true"
          className={`size-2 rounded-full border border-current ${rule.enabled ? 'bg-ink' : ''}`}
        />
        {rule.enabled ? 'On' : 'Off'}
      </button>
      {problem !== null && (
        <p role="alert" className="mt-1 text-left text-13 text-stuck-text">
          {problem}
        </p>
      )}
    </>
  )
}
