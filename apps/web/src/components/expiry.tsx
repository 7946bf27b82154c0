import { expiryText } from '../words/expiry.ts'
import { TippedTime } from './tipped-time.tsx'

/** When something ends, as of `now`; `past` stands there once it has. */
export const Expiry = ({ at, now, past }: { at: string; now: number; past: string }) => (
  <TippedTime at={at}>{expiryText(at, now) ?? past}</TippedTime>
)
