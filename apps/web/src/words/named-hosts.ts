import { counted, listed, number } from './numbers.ts'
import { visibleText } from './visible-text.ts'

/** Whom an act is about: how many and three by name. `everything`: all that match, of whom these are some. */
export function namedHosts(hostnames: readonly string[], everything: boolean): string {
  const three = hostnames.slice(0, 3).map(visibleText)
  if (everything)
    return `every host that matches the filter when the server acts, among them ${listed(three)}`
  const more = hostnames.length - three.length
  const names = more > 0 ? [...three, `${number(more)} more`] : three
  return hostnames.length === 1 ? (three[0] ?? '') : `${counted(hostnames.length, 'host')} (${listed(names)})`
}
