import { duration, twoUnits } from '@graftwatch/livepatch/duration'

export { duration }

const minute = 60
const day = 24 * 60 * minute

/** {@link duration} of things that take seconds: `1 min 15 s`. */
export function preciseDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  if (whole >= 10 * minute || whole < minute) return duration(whole)
  return twoUnits(Math.floor(whole / minute), 'min', whole % minute, 's')
}

/** Seconds from an instant to `now` in milliseconds. */
export const secondsSince = (instant: string, now: number): number => (now - Date.parse(instant)) / 1000

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const pad = (value: number): string => String(value).padStart(2, '0')

/** `23 Nov 14:03 UTC`; with the year when it is another than `now`'s. The same on server and browser, whatever their zones. */
export function utcInstant(instant: string, now: number): string {
  const at = new Date(instant)
  const year = at.getUTCFullYear() === new Date(now).getUTCFullYear() ? '' : ` ${at.getUTCFullYear()}`
  return `${at.getUTCDate()} ${months[at.getUTCMonth()]}${year} ${pad(at.getUTCHours())}:${pad(at.getUTCMinutes())} UTC`
}

/** A point in time: `12 min ago` up to 24 h, then the instant itself. */
export function ago(instant: string, now: number): string {
  const seconds = secondsSince(instant, now)
  if (seconds >= day) return utcInstant(instant, now)
  if (seconds < 1) return 'now'
  return `${duration(seconds)} ago`
}
