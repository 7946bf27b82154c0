import type { HostDetail, HostPatch, PatchObject } from '../api/types.ts'
import { isAtomic } from './mechanisms.ts'
import { listed } from './numbers.ts'
import { reasonSentence } from './states.ts'
import { visibleText } from './visible-text.ts'

const namesShown = 3

/** An object that is not in the kernel; where the kernel does not tell, a module that is not patched. */
const waits = ({ name, loaded, patched }: PatchObject): boolean =>
  loaded === false || (loaded == null && patched === false && name !== 'vmlinux')

/** What the enabled patches have yet to patch; `everything` when nothing of them is in the running kernel. */
function waitingIn(patches: readonly HostPatch[]): { modules: string[]; everything: boolean } {
  const objects = patches.flatMap((patch) => patch.objects)
  const waiting = objects.filter(waits)
  return {
    modules: [...new Set(waiting.map(({ name }) => visibleText(name)))],
    everything: waiting.length > 0 && waiting.length === objects.length,
  }
}

/** `mpls_router loads`, `a, b and 4 more load` */
function loading(modules: readonly string[]): string {
  const more = modules.length - namesShown
  const names = more > 0 ? [...modules.slice(0, namesShown), `${more} more`] : modules
  return `${listed(names)} ${modules.length === 1 ? 'loads' : 'load'}`
}

/** What holds for a patch that is on, after its name; `forced`: a transition of it was, in this boot: never "every task runs it" where there is nothing to run yet. */
export function appliedWords(patch: HostPatch, forced = false): string {
  if (forced) return 'was forced: it is enabled, and some tasks may still run old code.'
  if (isAtomic(patch)) {
    return 'is on. It applies at once; there is no transition to watch.'
  }
  const { modules, everything } = waitingIn([patch])
  if (everything) return `is enabled; nothing to patch until ${loading(modules)}.`
  if (modules.length === 0) return 'is on: every task runs the patched code.'
  return `is on: every task runs the patched code. A part of it waits until ${loading(modules)}.`
}

/** The state of a host as one sentence, with what only this host's own facts can say. */
export function hostSentence(host: HostDetail): string {
  const { state, reason, flags } = host.status
  if (state === 'migrated' && flags.includes('forced')) {
    return 'A transition was forced in this boot: a patch is enabled, and some tasks may still run old code.'
  }
  if (state === 'migrated' && reason === 'applied') {
    const { modules, everything } = waitingIn(host.patches.filter((patch) => patch.enabled === true))
    if (everything) return `A patch is enabled; it has nothing to patch until ${loading(modules)}.`
    if (modules.length > 0) {
      return `A patch is enabled and every task runs the patched code; a part of it waits until ${loading(modules)}.`
    }
  }
  return reasonSentence(state, reason)
}
