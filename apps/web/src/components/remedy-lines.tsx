import type { ReactNode } from 'react'
import type { Remedy } from '../api/types.ts'
import { visibleText } from '../words/visible-text.ts'
import { CopyButton } from './copy-button.tsx'

/** What the kernel said, what it means, what frees it, in this order; then how to check, and what not to do. */
export function RemedyLines({ remedy }: { remedy: Remedy }) {
  return (
    <dl className="flex max-w-[72ch] flex-col gap-4 text-14">
      <Line term="What the kernel said">{visibleText(remedy.kernelSays)}</Line>
      <Line term="What it means">{visibleText(remedy.meaning)}</Line>
      <Line term="What frees it" strong>
        {visibleText(remedy.safeStep)}
      </Line>
      {remedy.check !== null && (
        <Line term="Check on the host, reads only">
          <span className="flex items-start gap-2">
            <code className="mono min-w-0 flex-1 rounded-control border border-line bg-surface px-2.5 py-1.5 text-13 wrap-anywhere">
              {visibleText(remedy.check)}
            </code>
            <CopyButton text={remedy.check} label="Copy" what="the check command" />
          </span>
        </Line>
      )}
      <Line term="Risk if done another way">{visibleText(remedy.risk)}</Line>
      <Line term="Never">{visibleText(remedy.never)}</Line>
    </dl>
  )
}

function Line({ term, strong = false, children }: { term: string; strong?: boolean; children: ReactNode }) {
  return (
    <div>
      <dt className="eyebrow">{term}</dt>
      <dd className={`mt-0.5 ${strong ? 'font-semibold' : ''}`}>{children}</dd>
    </div>
  )
}
