import type { ReactNode } from 'react'
import type { Blocker } from '../../../../../api/types.ts'
import { Elapsed } from '../../../../../components/clock.tsx'
import { FoldArrow } from '../../../../../components/fold-arrow.tsx'
import { RemedyLines } from '../../../../../components/remedy-lines.tsx'
import { Name } from '../../../../../components/text.tsx'
import { aliasInStack } from '../../../../../words/alias.ts'
import { preciseDuration, secondsSince } from '../../../../../words/duration.ts'
import { causeWords } from '../../../../../words/tasks.ts'
import { visibleText } from '../../../../../words/visible-text.ts'

/**
 * One blocking task: what the kernel said, what it means, what frees it, in this order; then the stack it is based on. `until`: when it
 * ended to hold an attempt that is over.
 */
export function BlockerCard({
  task,
  open,
  until = null,
  children,
}: {
  task: Blocker
  open: boolean
  until?: string | null
  /** What else there is to say about its cause. */
  children?: ReactNode
}) {
  return (
    <details
      id={`task-${task.tid}`}
      open={open}
      className="panel group scroll-mt-20 overflow-hidden target:border-link"
    >
      <summary className="flex min-h-11 list-none flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2 group-open:border-b group-open:border-line hover:bg-surface">
        <FoldArrow />
        <h3 className="text-14">
          <Name>{task.comm}</Name> <span className="mono">{task.tid}</span>
        </h3>
        <span className="text-13 text-muted">
          {causeWords[task.cause]}
          {task.tid !== task.pid && ` · thread of process ${task.pid}`}
        </span>
        <span className="ml-auto text-13">
          held for{' '}
          {until === null ? (
            <Elapsed since={task.firstSeenAt} className="mono font-medium" />
          ) : (
            <span className="mono font-medium">
              {preciseDuration(secondsSince(task.firstSeenAt, Date.parse(until)))}
            </span>
          )}
        </span>
      </summary>
      <div className="grid gap-x-8 gap-y-5 p-4 lg:grid-cols-[minmax(0,5fr)_minmax(0,3fr)]">
        <div>
          <RemedyLines remedy={task.remedy} />
          {task.commandLine !== undefined && (
            <p className="mt-3 text-13 text-muted">
              Started as <span className="mono text-ink wrap-anywhere">{visibleText(task.commandLine)}</span>
            </p>
          )}
          {children}
        </div>
        <Stack task={task} />
      </div>
    </details>
  )
}

function Stack({ task }: { task: Blocker }) {
  return (
    <div>
      <h4 className="eyebrow flex items-center gap-2">
        Kernel stack, innermost first
        {task.stackOrigin !== null && (
          <span className="rounded border border-dashed border-control px-1 leading-4">
            {task.stackOrigin} frames
          </span>
        )}
      </h4>
      {task.stack === null ? (
        <p className="mt-1 text-13 text-muted">
          {task.waitChannel === null
            ? 'Not there: the agent may not read it, the task was running, or it is not kept any more.'
            : 'Not there. What is known is where it waits:'}{' '}
          {task.waitChannel !== null && <Name className="text-ink">{task.waitChannel}</Name>}
        </p>
      ) : (
        <ol
          data-state="stuck"
          className="mono mt-1.5 overflow-x-auto rounded-control border border-line bg-surface py-1.5 text-12"
        >
          {task.stack.map((frame, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a recursive function stands there more than once; its depth is its identity
            <Frame key={index} depth={index} frame={frame} holds={index === task.blockingFrame} task={task} />
          ))}
        </ol>
      )}
    </div>
  )
}

function Frame({
  depth,
  frame,
  holds,
  task,
}: {
  depth: number
  frame: string
  holds: boolean
  task: Blocker
}) {
  return (
    <li
      className={`flex flex-wrap items-baseline gap-x-2.5 px-3 py-0.5 ${holds ? 'tint keep-shape font-semibold text-state' : ''}`}
    >
      <span className="w-5 shrink-0 text-right text-muted">{depth}</span>
      <span className="min-w-0 flex-1 wrap-anywhere">{visibleText(frame)}</span>
      {holds && <span className="pl-3 font-sans whitespace-nowrap">◂ holds the task</span>}
      {holds && task.blockingFunction !== null && aliasInStack(task) !== null && (
        <span className="basis-full pl-7.5 font-sans font-normal">
          is <Name>{task.blockingFunction}</Name> in the patch
        </span>
      )}
    </li>
  )
}
