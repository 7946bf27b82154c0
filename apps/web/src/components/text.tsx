import { Fragment } from 'react'
import { visibleText } from '../words/visible-text.ts'

/** A name from a host, as code: control characters spelled out, its own direction kept from turning the line around. */
export function Name({ children, className = '' }: { children: string; className?: string }) {
  return <bdi className={`mono ${className}`}>{visibleText(children)}</bdi>
}

/** A long name that should break where its parts end: after dots, hyphens and underscores before anywhere else. */
export function BreakableName({ children }: { children: string }) {
  const parts = visibleText(children).split(/(?<=[._-])/)
  return (
    <bdi className="mono">
      {parts.map((part, index) => (
        // Parts of one fixed text: their place is their identity.
        // biome-ignore lint/suspicious/noArrayIndexKey: see above
        <Fragment key={index}>
          {part}
          <wbr />
        </Fragment>
      ))}
    </bdi>
  )
}

/**
 * A name in a narrow place: cut in the middle, where names of one fleet are alike; whole for screen readers, for copying, in the title,
 * and while its row has the keyboard's focus. CSS alone decides whether it has to be cut.
 */
export function CutName({ children, className = '' }: { children: string; className?: string }) {
  const text = visibleText(children)
  const tail = text.length > 14 ? text.slice(-8) : ''
  return (
    <bdi className={`cut mono inline-flex max-w-full min-w-0 whitespace-pre ${className}`} title={text}>
      <span className="overflow-hidden text-ellipsis">{text.slice(0, text.length - tail.length)}</span>
      {tail !== '' && <span className="shrink-0">{tail}</span>}
    </bdi>
  )
}

/** A patch's name in a narrow place: cut at the front, since the version at its end is what differs. Whole as CutName is. */
export function PatchName({ children }: { children: string }) {
  const text = visibleText(children)
  return (
    <span
      dir="rtl"
      className="cut mono inline-block max-w-full min-w-0 overflow-hidden text-left align-bottom text-ellipsis whitespace-pre"
      title={text}
    >
      <bdi dir="ltr">{text}</bdi>
    </span>
  )
}

/** The mark that a host is simulated. */
export function DemoMark() {
  return (
    <span className="shrink-0 rounded border border-dashed border-control px-1 text-12 leading-4 text-muted">
      demo
    </span>
  )
}

/** A dash for what is not known, with the reason for those who ask. Unknown is not zero. */
export function Unknown({ reason }: { reason: string }) {
  return (
    <span className="text-muted" title={reason}>
      <span aria-hidden="true">—</span>
      <span className="sr-only">unknown: {reason}</span>
    </span>
  )
}

/** A sentence of ours in which a command stands between backticks. */
export function WithCommands({ children }: { children: string }) {
  return children.split('`').map((part, index) =>
    index % 2 === 0 ? (
      part
    ) : (
      <code key={part} className="mono">
        {part}
      </code>
    ),
  )
}
