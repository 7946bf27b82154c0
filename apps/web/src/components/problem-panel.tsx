import type { ReactNode } from 'react'
import type { Problem } from '../api/types.ts'

/** What stands in a panel's place when its data could not be had: what happened, what to do, the code for a search. */
export function ProblemPanel({ problem, action }: { problem: Problem; action?: ReactNode }) {
  return (
    <div role="alert" className="panel flex flex-col items-start gap-3 p-6">
      <p className="text-16 font-semibold">{problem.detail}</p>
      <p className="max-w-[72ch] text-muted">{problem.remedy}</p>
      <p className="mono text-12 text-muted">{problem.code}</p>
      {action}
    </div>
  )
}
