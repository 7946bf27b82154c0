import type { Problem } from '../../../../api/types.ts'
import { ProblemPanel } from '../../../../components/problem-panel.tsx'
import { RetryButton } from '../../../../components/retry-button.tsx'

/** In place of a list that could not be had. Who may not see it is not helped by trying again. */
export function SectionRefused({ problem }: { problem: Problem }) {
  return (
    <div className="mt-4">
      <ProblemPanel problem={problem} action={problem.status === 403 ? undefined : <RetryButton />} />
    </div>
  )
}
