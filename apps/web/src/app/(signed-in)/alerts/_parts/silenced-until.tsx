import { TippedTime } from '../../../../components/tipped-time.tsx'
import { utcInstant } from '../../../../words/duration.ts'

/** That nothing is sent, and until when. */
export const SilencedUntil = ({ at }: { at: string }) => (
  <>
    silenced until{' '}
    <TippedTime at={at} className="relative z-[1]">
      {utcInstant(at, Date.parse(at))}
    </TippedTime>
  </>
)
