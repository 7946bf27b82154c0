import type { Arrivals } from '../api/types.ts'
import { stateWords } from './states.ts'
import { visibleText } from './visible-text.ts'

export type Arrival = Arrivals['items'][number]

/** Whether its first report is here; until then it has only enrolled. */
export const hasReported = ({ host }: Arrival): boolean => host.status.lastSeenAt !== null

/** What came, in one line: `SLES 15 SP6, 6.4.0, klp, livepatch_12 enabled`. What the host did not say is left out. */
export function arrivalFacts({ host, mechanism }: Arrival): string {
  const { state } = host.status
  const patch =
    host.patch === null
      ? state === 'unsupported'
        ? 'no live patching in its kernel'
        : 'no live patch'
      : `${visibleText(host.patch)} ${state === 'migrated' ? 'enabled' : stateWords[state].predicate}`
  return [host.os, host.kernelRelease, mechanism]
    .filter((fact) => fact !== null)
    .map(visibleText)
    .concat(patch)
    .join(', ')
}
