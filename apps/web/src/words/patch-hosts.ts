import type { PatchEntry, PatchesPage } from '../api/types.ts'
import { counted, number } from './numbers.ts'
import { visibleText } from './visible-text.ts'

type Named = Pick<PatchEntry, 'name' | 'build'>

/** `livepatch_12@4f2a`, as the list of hosts takes it; the name alone where no build is known. */
export const patchKey = ({ name, build }: Named): string => (build === '' ? name : `${name}@${build}`)

/** How many hosts the list of a patch's hosts has: those on it, and those where it moves. */
export const hostsListed = ({ on, moving, stuck }: Pick<PatchEntry, 'on' | 'moving' | 'stuck'>): number =>
  on + moving + stuck

/**
 * Where a number of hosts of a patch leads: to the list of all its hosts, when these are exactly them. A list by the states of hosts
 * would be another: a host that is stuck on a newer patch is on this one. Null when the list is longer.
 */
export const hostsCounted = (
  patch: Named & Pick<PatchEntry, 'on' | 'moving' | 'stuck'>,
  count: number,
): string | null => (count > 0 && count === hostsListed(patch) ? hostsOfPatch(patch) : null)

/** The hosts that have a patch enabled or moving, all or those on one kernel. */
export function hostsOfPatch(patch: Named, kernel: string | null = null): string {
  const query = new URLSearchParams({ patch: patchKey(patch) })
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
