import { visibleText } from './visible-text.ts'

// In this order: each of these also claims to be those that follow it.
const programs = [
  ['Edg/', 'Edge'],
  ['OPR/', 'Opera'],
  ['Firefox/', 'Firefox'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
  ['curl/', 'curl'],
] as const
const systems = [
  ['iPhone', 'an iPhone'],
  ['iPad', 'an iPad'],
  ['Android', 'Android'],
  ['Windows', 'Windows'],
  ['Mac OS X', 'macOS'],
  ['CrOS', 'ChromeOS'],
  ['Linux', 'Linux'],
] as const

/** What a user agent says of itself, in short: `Firefox on Linux`. What says nothing known is shown as it is, cut. */
export function deviceOf(userAgent: string | null): string {
  if (userAgent === null) return 'An unnamed program'
  const [, program] = programs.find(([sign]) => userAgent.includes(sign)) ?? []
  const [, system] = systems.find(([sign]) => userAgent.includes(sign)) ?? []
  if (program === undefined) return visibleText(userAgent.slice(0, 60))
  return system === undefined ? program : `${program} on ${system}`
}
