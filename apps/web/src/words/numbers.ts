const grouped = new Intl.NumberFormat('en')

/** `9,412` */
export const number = (value: number): string => grouped.format(value)

/** `3 hosts`, `1 host` */
export const counted = (value: number, one: string, many = `${one}s`): string =>
  `${number(value)} ${value === 1 ? one : many}`

/**
 * A share, rounded, but never up to all: 9,997 of 10,000 is 99.9 %, since 100 % means every one. Small shares keep two digits; one host
 * in a million is `< 0.01 %`, not zero.
 */
export function percent(part: number, whole: number): string {
  if (whole === 0 || part === 0) return '0 %'
  if (part === whole) return '100 %'
  const share = (part / whole) * 100
  if (share < 0.01) return '< 0.01 %'
  const factor = share < 1 ? 100 : 10
  return `${Math.min(99.9, Math.round(share * factor) / factor)} %`
}

/** `a`, `a and b`, `a, b and c` */
export function listed(items: readonly string[]): string {
  if (items.length < 2) return items.join('')
  return `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}
