'use client'

import { useRouter } from 'next/navigation'
import { type ButtonHTMLAttributes, type ReactNode, useState } from 'react'
import type { Written } from '../api/write.ts'

type WriteButtonProps = Omit<ButtonHTMLAttributes<HTMLButtonElement>, 'type' | 'onClick' | 'disabled'> & {
  /** What it writes; the page is then asked for again. */
  act: () => Promise<Written<unknown>>
  busyWord?: ReactNode
  /** Of the problem, which stands after the button. */
  problemClass?: string
}

/** A button that writes at once and asks nothing, for what is undone as easily; what is refused is told beside it. */
export function WriteButton({ act, busyWord, problemClass = '', children, ...button }: WriteButtonProps) {
  const router = useRouter()
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string | null>(null)

  async function press() {
    setBusy(true)
    setProblem(null)
    const written = await act()
    setBusy(false)
    if (!written.ok) return setProblem(`${written.problem.detail} ${written.problem.remedy}`)
    router.refresh()
  }

  return (
    <>
      <button className="button" {...button} type="button" disabled={busy} onClick={() => void press()}>
        {busy && busyWord !== undefined ? busyWord : children}
      </button>
      {problem !== null && (
        <p role="alert" className={`text-13 text-stuck-text ${problemClass}`}>
          {problem}
        </p>
      )}
    </>
  )
}
