import type { HostState } from '@graftwatch/contract/vocabulary'
import type { PatchEntry, PatchesPage } from '../api/types.ts'
import { counted, number } from './numbers.ts'
import { visibleText } from './visible-text.ts'

type Named = Pick<PatchEntry, 'name' | 'build'>

/** `livepatch_12@4f2a`, as the list of hosts takes it; the name alone where no build is known. */
export const patchKey = ({ name, build }: Named): string => (build === '' ? name : `${name}@${build}`)

/** States of hosts with an enabled patch that does not move: also of those whose next attempt failed, and of those not heard of. */
export const statesOn: readonly HostState[] = ['failed', 'unknown', 'silent', 'migrated']
export const statesMoving: readonly HostState[] = ['reverting', 'transitioning']

/** The hosts that have a patch, in these states or on this kernel. */
export function hostsOfPatch(
  patch: Named,
  { states = [], kernel = null }: { states?: readonly HostState[]; kernel?: string | null } = {},
): string {
  const query = new URLSearchParams({ patch: patchKey(patch) })
  if (states.length > 0) query.set('state', states.join(','))
  if (kernel !== null) query.set('kernel', kernel)
  return `/hosts?${query}`
}

/** Which patches there are, beginning with a number. `whole`: the page is the beginning of all of them. */
export function patchesSentence(
  { items, total }: Pick<PatchesPage, 'items' | 'total'>,
  whole: boolean,
): string {
  if (total === 0) return whole ? 'No host has reported a live patch yet.' : 'No patch has this name.'
  const lead = whole
    ? `${counted(total, 'patch', 'patches')} ${total === 1 ? 'has' : 'have'} been seen on this fleet`
    : `${counted(total, 'patch', 'patches')} found`
  const [most] = items
  if (!whole || most === undefined || most.on === 0) return `${lead}.`
  if (total === 1) return `${lead}: ${visibleText(most.name)}, on ${counted(most.on, 'host')}.`
  return `${lead}. ${visibleText(most.name)} is on most hosts: ${number(most.on)}.`
}

/** What a patch does on the fleet, beginning with a number. */
export function patchSentence({
  on,
  moving,
  stuck,
  off,
}: Pick<PatchEntry, 'on' | 'moving' | 'stuck' | 'off'>): string {
  if (on + moving + stuck + off === 0) return 'No host has it loaded now.'
  const rest = [
    moving === 0 ? null : `${number(moving)} ${moving === 1 ? 'is' : 'are'} moving`,
    stuck === 0 ? null : `${number(stuck)} ${stuck === 1 ? 'is' : 'are'} stuck`,
    off === 0 ? null : `${number(off)} ${off === 1 ? 'has' : 'have'} it loaded and off`,
  ].filter((part) => part !== null)
  const lead = on === 0 ? 'It is fully on no host' : `It is fully on ${counted(on, 'host')}`
  return `${[lead, ...rest].join('; ')}.`
}
