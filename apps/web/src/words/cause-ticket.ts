import type { CauseDetail } from '../api/types.ts'
import { allHeld, amongSentence, causeName, clearedSentence, hostsOfCause, ownerWords } from './causes.ts'
import { duration, secondsSince } from './duration.ts'
import { counted } from './numbers.ts'
import { sharedSentence } from './shared-traits.ts'
import { visibleText } from './visible-text.ts'

/** One cause as plain text for a ticket: how many hosts, since when, what they share, what frees them, as of when. `base`: this origin. */
export function causeTicket(detail: CauseDetail, base: string): string {
  const { cause } = detail
  const now = Date.parse(detail.now)
  const what = `${causeName(detail)}${detail.unit === null ? '' : `, ${ownerWords(detail)}`}`
  const link = `${base}/blockers/${detail.id}`
  if (cause === null) return [`No host is held by ${what}.`, `As of ${detail.now}.`, link].join('\n')
  const named = cause.examples.map(({ hostname }) => visibleText(hostname))
  const held = allHeld(cause)
  const more = held - named.length
  return [
    `${counted(held, 'host')} held by one cause: ${what}${cause.direction === 'unpatching' ? ', while unpatching' : ''}`,
    `Oldest ${duration(secondsSince(cause.oldestSince, now))}, newest ${duration(secondsSince(cause.newestSince, now))}. As of ${detail.now}.`,
    `Hosts: ${named.join(', ')}${more > 0 ? ` and ${counted(more, 'more host')}` : ''}`,
    `All of them: ${base}${hostsOfCause(cause.id)}`,
    cause.patches.length === 0
      ? null
      : `Patches: ${cause.patches.map(({ name, hosts }) => `${visibleText(name)} (${counted(hosts, 'host')})`).join(', ')}`,
    amongSentence(cause),
    ...detail.shared.map((trait) => `They share ${sharedSentence(trait, detail)}`),
    clearedSentence(cause),
    '',
    `What the kernel said: ${visibleText(cause.remedy.kernelSays)}`,
    `What it means: ${visibleText(cause.remedy.meaning)}`,
    `What frees it: ${visibleText(cause.remedy.safeStep)}`,
    cause.remedy.check === null ? null : `Check on the host: ${visibleText(cause.remedy.check)}`,
    `Risk if done another way: ${visibleText(cause.remedy.risk)}`,
    `Never: ${visibleText(cause.remedy.never)}`,
    '',
    link,
  ]
    .filter((line) => line !== null)
    .join('\n')
}
