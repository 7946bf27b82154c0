import type { ReportPatch } from '@graftwatch/contract/report'
import type { Direction } from '@graftwatch/contract/vocabulary'
import { parseCpuCount } from '@graftwatch/livepatch/parse/host'
import { parsePatchState, patchStateOf, signalsByItself } from '@graftwatch/livepatch/parse/klp'
import { candidateOf, isEdge, targetOf } from '@graftwatch/livepatch/sample'
import type { HostFiles } from '../host-files.ts'
import { readBootId } from '../identity.ts'
import { scanTasks, type TaskFlag, type TaskScan, type ThreadNames } from '../task-scan.ts'
import { createTransitionFollower } from './follow-transition.ts'
import { livepatchDirectory, type PatchFlags, readFlags, readLeftovers, readPatches } from './klp-patches.ts'
import type { ReadingContext, Source, SourceReading } from './source.ts'

interface Sample {
  flags: PatchFlags[]
  /** The patch in transition, and the scan made of its tasks. */
  moving: { name: string; candidate: Direction; scan: TaskScan; raced: boolean } | null
}

const patchStateFlag: TaskFlag = { file: 'patch_state', parse: parsePatchState }
const scanLimitMs = 5000
const retries = 3

/**
 * The kernel's own livepatches and how far a transition has come.
 *
 * Source: /sys/kernel/livepatch, ABI `sysfs-kernel-livepatch`, and /proc/<pid>/task/<tid>/patch_state; the latter needs
 * CAP_DAC_READ_SEARCH. `absent` when the kernel has no livepatch support; fails with `no-sysfs` when sysfs is not mounted,
 * as in many containers: that is not the same as having no patch.
 */
export function createKlpSource(): Source {
  const follower = createTransitionFollower('klp')

  function readTransition(context: ReadingContext, { moving }: Sample, patches: ReportPatch[]) {
    const patch = patches.find((candidate) => candidate.name === moving?.name)
    if (!moving || !patch) return null
    const { candidate, scan, raced } = moving
    const { files, identity } = context
    return follower.follow(context, {
      patch,
      otherPatches: patches.filter((other) => other !== patch),
      candidate,
      scan,
      raced,
      idleHidden: idleTasks(files),
      signalsByItself: files.exists(`${livepatchDirectory}/${patch.name}/signal`)
        ? false
        : signalsByItself(identity.kernel.release),
    })
  }

  return {
    name: 'klp',
    async read(context): Promise<SourceReading> {
      const { files, identity, history } = context
      if (!files.exists('sys/kernel')) return { status: 'failed', reason: 'no-sysfs' }
      const sample = await takeSample(context, follower.names)
      if (sample === null) {
        follower.rest()
        return { status: 'absent' }
      }
      const patches = readPatches(files, sample.flags, identity)
      const transition = await readTransition(context, sample, patches)
      if (!sample.moving) follower.rest()
      const movingNow = sample.flags.find((flag) => flag.inTransition)?.name
      follower.noteEnd(context, movingNow, (name) =>
        sample.flags.some((flag) => flag.name === name && flag.enabled),
      )
      const claims = patches.map((patch) => {
        const direction = patch.name === transition?.patch ? transition.direction : null
        patch.forced = history.isForced(patch.name, 'klp') ? true : null
        patch.state = patchStateOf(patch.enabled === true, patch.inTransition, direction)
        const raw = `enabled=${digit(patch.enabled === true)} transition=${digit(patch.inTransition)}`
        return { patch: patch.name, state: patch.state, raw }
      })
      patches.push(...readLeftovers(files, sample.flags, identity))
      return { status: 'ok', claims: claims.slice(0, 64), patches, transition }
    },
  }
}

const digit = (flag: boolean): string => (flag ? '1' : '0')

/**
 * Flags of all patches and, while one is in transition, a scan of all tasks during which nothing changed: `enabled`,
 * `transition` and the boot are read again afterwards. Tried four times, a second apart; then `raced` says that it never
 * held still, or stood at an edge. Null when the kernel has no livepatch support.
 */
async function takeSample(context: ReadingContext, names: ThreadNames): Promise<Sample | null> {
  const { files } = context
  for (let attempt = 0; ; attempt++) {
    const bootId = readBootId(files)
    const flags = readFlags(files)
    const moving = flags?.filter((flag) => flag.inTransition) ?? []
    const [patch] = moving
    if (flags === null) return null
    if (!patch) return { flags: flags.filter((flag) => !isFreed(files, flag)), moving: null }
    const candidate = candidateOf(patch.enabled)
    const deadline = context.now() + scanLimitMs
    const scan = await scanTasks(files, targetOf(candidate), patchStateFlag, deadline, context.now, names)
    const after = readFlags(files)?.find((flag) => flag.name === patch.name)
    const isSame =
      after?.inTransition === true && after.enabled === patch.enabled && readBootId(files) === bootId
    const raced = !isSame || moving.length > 1
    if ((!raced && !isEdge(scan.tally)) || attempt === retries)
      return { flags, moving: { name: patch.name, candidate, scan, raced } }
    await context.wait(1000)
  }
}

/** From 5.1 on a disabled patch is on its way out of sysfs; it may have left since it was read. */
const isFreed = (files: HostFiles, flag: PatchFlags): boolean =>
  !flag.enabled && !files.exists(`${livepatchDirectory}/${flag.name}`)

/** Idle tasks take part and are not in /proc: one for each possible CPU. */
function idleTasks(files: HostFiles): number {
  const directory = 'sys/devices/system/cpu'
  return (
    parseCpuCount(files.text(`${directory}/possible`) ?? '') ??
    parseCpuCount(files.text(`${directory}/online`) ?? '') ??
    0
  )
}
