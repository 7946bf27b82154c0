import { Suspense } from 'react'
import type { Blocker, Transition } from '../../../../../api/types.ts'
import { Elapsed } from '../../../../../components/clock.tsx'
import { Name, Unknown } from '../../../../../components/text.tsx'
import { aliasInStack } from '../../../../../words/alias.ts'
import { counted, number } from '../../../../../words/numbers.ts'
import { causeWords, confidenceWords, kindWords, stateLetterMeaning } from '../../../../../words/tasks.ts'
import { BlockerCard } from './blocker-card.tsx'
import { SameCause } from './same-cause.tsx'

/** Cards open at once; the rest stay folded, since the first ones have held longest. */
const openCards = 3

/** Who holds the transition: a table to compare, then each task with its stack and its way out. */
export function BlockingTasks({
  transition,
  stale,
  past,
}: {
  transition: Transition
  stale: boolean
  past: boolean
}) {
  const tasks = transition.blocking.toSorted((a, b) => a.firstSeenAt.localeCompare(b.firstSeenAt))
  return (
    <section aria-labelledby="blocking" className={stale ? 'stale' : ''}>
      <div className="panel overflow-hidden">
        <div className="panel-head">
          <h2 id="blocking" className="text-14">
            Blocking tasks
          </h2>
          <span className="mono text-12 text-muted">{countOf(transition)}</span>
        </div>
        {tasks.length === 0 ? (
          <p className="p-4 text-muted">{nobodyNamed(transition)}</p>
        ) : (
          <Table tasks={tasks} />
        )}
        {transition.blockingOmitted > 0 && (
          <p className="border-t border-line px-4 py-2 text-13 text-muted">
            and {counted(transition.blockingOmitted, 'more task')} the agent did not send
          </p>
        )}
      </div>
      {tasks.length > 0 && (
        <ul aria-label="Blocking tasks in detail" className="mt-4 flex flex-col gap-4">
          {tasks.map((task, index) => (
            <li key={task.tid}>
              <BlockerCard task={task} open={index < openCards}>
                {!past && task.causeId !== null && index < openCards && (
                  <Suspense fallback={<p className="mt-4 h-5" />}>
                    <SameCause causeId={task.causeId} />
                  </Suspense>
                )}
              </BlockerCard>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function countOf({ tasks, blocking }: Transition): string {
  if (tasks.remaining === null) return '—'
  if (blocking.length === 0) return `${number(tasks.remaining)} remain`
  return tasks.remaining === blocking.length
    ? number(tasks.remaining)
    : `${number(blocking.length)} named of ${number(tasks.remaining)}`
}

function nobodyNamed({ tasks, confidence, confidenceReason }: Transition): string {
  if (confidence === 'none') {
    const because = confidenceReason === null ? '' : `, because ${confidenceWords[confidenceReason]}`
    return `Who holds it is not known${because}. That is not the same as nobody.`
  }
  if (tasks.remaining === 0)
    return 'No visible task holds it. The kernel may wait for an idle task that /proc does not show.'
  return 'Nobody is blocking yet: tasks are still moving.'
}

function Table({ tasks }: { tasks: readonly Blocker[] }) {
  return (
    <table className="w-full text-13 max-sm:block">
      <caption className="sr-only">Blocking tasks, held longest first</caption>
      <thead className="max-sm:sr-only">
        <tr className="border-b border-line text-left text-12 text-muted">
          {['Task', 'Kind', 'State', 'Where', 'Waits for', 'Unit', 'Held for'].map((head) => (
            <th key={head} scope="col" className="px-2 py-2 font-medium first:pl-4 last:pr-4 last:text-right">
              {head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="divide-y divide-line max-sm:block">
        {tasks.map((task) => (
          <Row key={task.tid} task={task} />
        ))}
      </tbody>
    </table>
  )
}

const cell =
  'px-2 py-2 align-top first:pl-4 last:pr-4 max-sm:flex max-sm:justify-between max-sm:gap-4 max-sm:p-0 max-sm:first:pl-0 max-sm:last:pr-0 max-sm:before:text-muted max-sm:before:content-[attr(data-label)]'

function Row({ task }: { task: Blocker }) {
  const alias = aliasInStack(task)
  const meaning = task.state === null ? null : stateLetterMeaning(task.state)
  return (
    <tr className="max-sm:flex max-sm:flex-col max-sm:gap-1 max-sm:px-4 max-sm:py-3">
      <th scope="row" data-label="Task" className={`${cell} text-left font-normal`}>
        <a href={`#task-${task.tid}`} className="textlink">
          <Name className="font-medium">{task.comm}</Name> <span className="mono">{task.tid}</span>
        </a>
      </th>
      <td data-label="Kind" className={cell}>
        {kindWords[task.kind]}
      </td>
      <td data-label="State" className={cell}>
        {task.state === null ? (
          <Unknown reason="the agent could not read the task’s state" />
        ) : (
          <span>
            <span className="mono font-medium">{task.state}</span>
            {meaning !== null && <span className="text-muted"> {meaning}</span>}
          </span>
        )}
      </td>
      <td data-label="Where" className={cell}>
        {task.blockingFunction === null ? (
          causeWords[task.cause]
        ) : (
          <span className="max-sm:text-right">
            <Wrapping>{task.blockingFunction}</Wrapping>
            {alias !== null && (
              <span className="block text-12 text-muted">
                <Wrapping>{alias}</Wrapping> in the stack
              </span>
            )}
          </span>
        )}
      </td>
      <td data-label="Waits for" className={cell}>
        {task.waitsFor === null ? (
          <span className="text-muted">—</span>
        ) : (
          <span>
            <Wrapping>{task.waitsFor.comm}</Wrapping> <span className="mono">{task.waitsFor.pid}</span>
          </span>
        )}
      </td>
      <td data-label="Unit" className={cell}>
        {task.unit === null ? <span className="text-muted">—</span> : <Wrapping>{task.unit}</Wrapping>}
      </td>
      <td data-label="Held for" className={`${cell} text-right whitespace-nowrap`}>
        <Elapsed since={task.firstSeenAt} className="mono font-medium" />
      </td>
    </tr>
  )
}

/** Names that fit a column stay whole; longer ones may break anywhere, as units of containers do. */
function Wrapping({ children }: { children: string }) {
  return <Name className={children.length > 26 ? 'wrap-anywhere' : 'whitespace-nowrap'}>{children}</Name>
}
