import { expiryText } from '../words/expiry.ts'

/** When something ends, as of `now`; `past` stands there once it has. */
export function Expiry({ at, now, past }: { at: string; now: number; past: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: its tip has the instant in both zones
    <time dateTime={at} data-tip="" tabIndex={0} className="whitespace-nowrap">
      {expiryText(at, now) ?? past}
    </time>
  )
}
