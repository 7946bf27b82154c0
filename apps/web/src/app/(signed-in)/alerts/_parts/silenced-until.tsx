import { utcInstant } from '../../../../words/duration.ts'

/** That nothing is sent, and until when. */
export function SilencedUntil({ at }: { at: string }) {
  return (
    <>
      silenced until{' '}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: its tip has the instant in both zones */}
      <time dateTime={at} data-tip="" tabIndex={0} className="relative z-[1] whitespace-nowrap">
        {utcInstant(at, Date.parse(at))}
      </time>
    </>
  )
}
