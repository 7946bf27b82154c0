const units: readonly (readonly [unit: string, seconds: number])[] = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
  ['s', 1],
]

/** A span as Prometheus writes it: `15m`, `1h30m`, `0s`. Whole seconds. */
export function spanText(seconds: number): string {
  let left = seconds
  const parts = units.map(([unit, size]) => {
    const times = Math.floor(left / size)
    left -= times * size
    return times === 0 ? '' : `${times}${unit}`
  })
  return parts.join('') || '0s'
}

/** The seconds of such a span, also with spaces between its parts; null where it is none. `0` needs no unit. */
export function parseSpan(text: string): number | null {
  const typed = text.replace(/\s+/g, '')
  if (typed === '0') return 0
  const parts = /^(?:(\d{1,6})d)?(?:(\d{1,6})h)?(?:(\d{1,6})m)?(?:(\d{1,8})s)?$/.exec(typed)
  if (parts === null || typed === '') return null
  return units.reduce((sum, [, size], index) => sum + Number(parts[index + 1] ?? 0) * size, 0)
}
