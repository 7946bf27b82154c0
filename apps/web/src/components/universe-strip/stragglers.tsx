import type { HostState } from '@graftwatch/contract/vocabulary'
import { duration, secondsSince } from '../../words/duration.ts'
import { number } from '../../words/numbers.ts'
import { causeWords, stateLetterMeaning } from '../../words/tasks.ts'
import { visibleText } from '../../words/visible-text.ts'
import { Elapsed } from '../clock.tsx'
import type { Straggler } from './strip-data.ts'

/** As many as fit above the table of all of them. */
const most = 12

type StragglersProps = {
  stragglers: readonly Straggler[]
  omitted: number
  state: HostState
  /** When a host that is silent now was read last; null while it speaks. */
  until: string | null
}

/** The tasks that hold the transition, as chips that lead to their row below. */
export function Stragglers({ stragglers, omitted, state, until }: StragglersProps) {
  if (stragglers.length === 0) return null
  const rest = Math.max(0, stragglers.length - most) + omitted
  return (
    <ul
      aria-label="Tasks that hold the transition"
      data-state={state}
      className="flex flex-wrap items-center gap-2"
    >
      {stragglers.slice(0, most).map((task) => (
        <li key={task.tid} className="max-w-full">
          <a
            href={`#task-${task.tid}`}
            className="tint keep-shape mono flex min-h-7 max-w-full flex-wrap items-center gap-x-2 rounded-control px-2.5 py-1 text-12 text-state hover:underline max-sm:min-h-11"
          >
            <span className="font-semibold">
              {visibleText(task.comm)} {task.tid}
            </span>
            {task.state !== null && (
              <abbr className="no-underline" title={stateLetterMeaning(task.state) ?? undefined}>
                {task.state}
              </abbr>
            )}
            <span>
              {task.blockingFunction === null ? causeWords[task.cause] : visibleText(task.blockingFunction)}
            </span>
            {until === null ? (
              <Elapsed since={task.firstSeenAt} />
            ) : (
              <span>{duration(secondsSince(task.firstSeenAt, Date.parse(until)))}</span>
            )}
          </a>
        </li>
      ))}
      {rest > 0 && <li className="text-12 text-muted">and {number(rest)} more</li>}
    </ul>
  )
}
