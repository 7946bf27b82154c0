const minute = 60
const hour = 60 * minute
const day = 24 * hour

/** A span as people say it, two units at most: `8 s`, `47 min`, `3 h 12 min`, `2 d 4 h`. Negative spans count as zero. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  if (whole < minute) return `${whole} s`
  if (whole < hour) return `${Math.floor(whole / minute)} min`
  if (whole < day) return twoUnits(Math.floor(whole / hour), 'h', Math.floor((whole % hour) / minute), 'min')
  return twoUnits(Math.floor(whole / day), 'd', Math.floor((whole % day) / hour), 'h')
}

/** `3 h 12 min`, and `3 h` where nothing is left over. */
export const twoUnits = (large: number, largeUnit: string, small: number, smallUnit: string): string =>
  small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`
