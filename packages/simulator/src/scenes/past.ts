import type { KernelModel } from '../kernel-model.ts'
import type { PatchSpec } from '../patch.ts'
import type { Step } from '../simulated-host.ts'
import { minutes } from './scene.ts'

/**
 * What happened in the fortnight before the demo began. It is part of each host's first chapter, so that the past and the
 * present cannot contradict: whoever plays the story to its present has played the past.
 */

/** A rollout goes through its hosts in order; `at` and `over` are seconds, and so is what comes back. */
export const turnOf = (index: number, count: number, rollout: { at: number; over: number }): number =>
  Math.round(rollout.at + (rollout.over * index) / count + ((index * 37) % 60))

export const loadAt = (at: number, patch: PatchSpec): Step => ({
  at,
  do: (kernel) => void kernel.load(patch),
})

/** A load that a task holds up for `seconds`: it is caught shortly before, and let go by itself. */
export const heldLoad = (
  at: number,
  patch: PatchSpec,
  seconds: number,
  hold: (kernel: KernelModel) => void,
  free: (kernel: KernelModel) => void,
): Step[] => [{ at: at - 20, do: hold }, loadAt(at, patch), { at: at + seconds, do: free }]

/** Between 4 and 50 minutes, differing from host to host. */
export const someMinutes = (index: number): number => minutes(4 + ((index * 17) % 47))

/** The host goes down and is back, with nothing loaded, `downSeconds` later. */
export const rebootAt = (at: number, downSeconds: number): Step => ({
  at,
  do: (kernel) => kernel.reboot(downSeconds),
  isReboot: true,
})
