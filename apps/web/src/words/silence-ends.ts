/** An end for a silence: how people say it, and when that is. */
export type SilenceEnd = { word: string; endsAt: string }

const hourMs = 3_600_000
/** A night ends at eight, in the reader's own zone. */
const morning = 8

/** The ends a phone offers: an hour, four, and the next morning, which after midnight is that of the same day. */
export function silenceEnds(now: Date): readonly SilenceEnd[] {
  const end = new Date(now)
  end.setHours(morning, 0, 0, 0)
  const today = end.getTime() - now.getTime() > hourMs
  if (!today) end.setDate(end.getDate() + 1)
  return [
    { word: 'For 1 hour', endsAt: new Date(now.getTime() + hourMs).toISOString() },
    { word: 'For 4 hours', endsAt: new Date(now.getTime() + 4 * hourMs).toISOString() },
    { word: `Until ${today ? 'today' : 'tomorrow'} 08:00`, endsAt: end.toISOString() },
  ]
}
