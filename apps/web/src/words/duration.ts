const minute = 60
const hour = 60 * minute
const day = 24 * hour

/** A span as people say it, two units at most: `8 s`, `47 min`, `3 h 12 min`, `2 d 4 h`. Negative spans count as zero. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  if (whole < minute) return `${whole} s`
  if (whole < hour) return `${Math.floor(whole / minute)} min`
  if (whole < day) return two(Math.floor(whole / hour), 'h', Math.floor((whole % hour) / minute), 'min')
  return two(Math.floor(whole / day), 'd', Math.floor((whole % day) / hour), 'h')
}

/** The same, for things that take seconds: `1 min 15 s`. */
export function preciseDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  if (whole >= 10 * minute || whole < minute) return duration(whole)
  return two(Math.floor(whole / minute), 'min', whole % minute, 's')
}

const two = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`

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
