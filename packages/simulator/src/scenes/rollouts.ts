import type { Gap, Step } from '../simulated-host.ts'
import { stacks } from '../stacks.ts'
import { heldLoad, loadAt, someMinutes, turnOf } from './past.ts'
import { days, hours, minutes } from './scene.ts'
import { sp6Patch } from './suse-patches.ts'
import { free, stayIn } from './task-actions.ts'
import { jammyPatches, noblePatches } from './ubuntu-patches.ts'

/** The rollouts of the past fortnight that several groups of hosts took part in, as steps of the host of this number of `count`. */

const previousNoble = { at: -days(11), over: hours(4) }
const newestNoble = { at: -days(4), over: hours(6) }

/** Ubuntu's AWS kernel: 119 from the boot on, then 120, then 121. */
export const nobleRollouts =
  (count: number) =>
  (index: number): Step[] => [
    loadAt(turnOf(index, count, previousNoble), noblePatches.previous),
    loadAt(turnOf(index, count, newestNoble), noblePatches.newest),
  ]

/** The same where a thread of this name now and then waits for a socket lock and holds the patch up for some minutes. */
export const heldNobleRollouts =
  (count: number, comm: string) =>
  (index: number): Step[] => {
    const wait: Step['do'] = (kernel) =>
      stayIn(kernel, comm, 'uninterruptible', 'tcp_sendmsg', stacks.socketLock)
    const go: Step['do'] = (kernel) => free(kernel, comm)
    const [first, second] = [turnOf(index, count, previousNoble), turnOf(index, count, newestNoble)]
    return [
      ...heldLoad(first, noblePatches.previous, someMinutes(index), wait, go),
      ...(index % 2 === 0
        ? heldLoad(second, noblePatches.newest, someMinutes(index + 5), wait, go)
        : [loadAt(second, noblePatches.newest)]),
    ]
  }

/** Ubuntu 22.04: 119 from the boot on, then 120. */
export const jammyRollout =
  (count: number) =>
  (index: number): Step[] => [
    loadAt(turnOf(index, count, { at: -days(6), over: hours(3) }), jammyPatches.newest),
  ]

/** SLES 15 SP6: livepatch_11 from the boot on, then 12, held up by a writer of this name wherever there is one. */
export const sp6Rollout =
  (count: number, writer: string | null) =>
  (index: number): Step[] => {
    const at = turnOf(index, count, { at: -days(9), over: hours(5) })
    if (writer === null) return [loadAt(at, sp6Patch(12))]
    return heldLoad(
      at,
      sp6Patch(12),
      minutes(14) + someMinutes(index),
      (kernel) => stayIn(kernel, writer, 'uninterruptible', 'pipe_write', stacks.pipeWrite),
      (kernel) => free(kernel, writer),
    )
  }

/** Says nothing for so many minutes, so many days ago. */
export const gap = (daysAgo: number, lengthMinutes: number): Gap => ({
  from: -days(daysAgo),
  to: -days(daysAgo) + minutes(lengthMinutes),
})

/** Says nothing since `secondsAgo` before the demo began. */
export const quietSince = (secondsAgo: number): Gap => ({ from: -secondsAgo, to: Number.POSITIVE_INFINITY })
