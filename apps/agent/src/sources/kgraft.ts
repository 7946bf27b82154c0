import type { ReportPatch } from '@graftwatch/contract/report'
import type { Direction } from '@graftwatch/contract/vocabulary'
import {
  isMoving,
  likelyMoving,
  movingPatch,
  parseKgraftFlag,
  tableSummary,
} from '@graftwatch/livepatch/parse/kgraft'
import { clip } from '@graftwatch/livepatch/parse/text'
import { targetOf } from '@graftwatch/livepatch/sample'
import type { HostFiles } from '../host-files.ts'
import { readBootId } from '../identity.ts'
import { scanTasks, type TaskFlag, type TaskScan, type ThreadNames } from '../task-scan.ts'
import { assumedDirection, createTransitionFollower } from './follow-transition.ts'
import {
  describeKgraftPatches,
  type KgraftPatch,
  readInProgress,
  readKgraftPatches,
} from './kgraft-patches.ts'
import { kgraftDirectory } from './patch-module.ts'
import type { ReadingContext, Source, SourceReading } from './source.ts'

interface Moving {
  name: string
  /** Null while no function tells. */
  candidate: Direction | null
  scan: TaskScan
  raced: boolean
}

interface Sample {
  inProgress: boolean
  patches: KgraftPatch[]
  /** Null at rest. */
  moving: Moving | null
}

const scanLimitMs = 5000
const retries = 3

/**
 * SUSE's kGraft, on SLE 12: live patches and how far a transition has come.
 *
 * Source: /sys/kernel/kgraft and kgr_in_progress in /proc, which needs CAP_DAC_READ_SEARCH. No file gives the direction: it
 * follows from the states of the functions. `absent` when the kernel has no kGraft; fails when in_progress and the functions
 * go on to contradict each other.
 */
export function createKgraftSource(): Source {
  const follower = createTransitionFollower('kgraft')

  async function readTransition(context: ReadingContext, { moving }: Sample, patches: ReportPatch[]) {
    const patch = patches.find(({ name }) => name === moving?.name)
    if (!moving || !patch) {
      follower.rest()
      return null
    }
    patch.inTransition = true
    const transition = await follower.follow(context, {
      patch,
      otherPatches: patches.filter((other) => other !== patch),
      candidate: moving.candidate,
      scan: moving.scan,
      raced: moving.raced,
      // Idle tasks take no part in a kGraft transition.
      idleHidden: 0,
      // Newer trees nudge sleepers, older ones do not, and no file says which this is.
      signalsByItself: null,
    })
    patch.state = transition.direction === 'unpatching' ? 'disabled' : 'pending'
    patch.enabled = moving.candidate === null ? null : moving.candidate === 'patching'
    return transition
  }

  return {
    name: 'kgraft',
    async read(context): Promise<SourceReading> {
      const { files, history } = context
      const sample = await takeSample(context, follower.names)
      if (sample === null) {
        follower.rest()
        return { status: 'absent' }
      }
      for (const { directory, name } of sample.patches)
        if (directory !== name) history.rename(directory, name)
      const patches = describeKgraftPatches(files, sample.patches)
      const transition = await readTransition(context, sample, patches)
      follower.noteEnd(context, transition?.patch, (patch) =>
        patches.some(({ name, enabled }) => name === patch && enabled === true),
      )
      for (const patch of patches) patch.forced = history.isForced(patch.name, 'kgraft') ? true : null
      const claims = sample.patches.map((patch, index) => ({
        patch: patch.name,
        state: patches[index]?.state ?? 'pending',
        raw: clip(`in_progress=${sample.inProgress ? 1 : 0} functions: ${tableSummary(patch)}`, 200),
      }))
      const cut = sample.patches.filter(({ isCut }) => isCut).map(({ name }) => name)
      const reason = `the kernel shows only the first functions of ${cut.join(', ')}: the list here is not complete`
      return { status: 'ok', ...(cut.length > 0 && { reason }), claims, patches, transition }
    },
  }
}

/**
 * The patches and, in a transition, a scan of all tasks under which nothing changed: in_progress, the functions and the boot
 * are read again afterwards. Tried four times, a second apart; then `raced` says that it never held still. Null without kGraft.
 */
async function takeSample(context: ReadingContext, names: ThreadNames): Promise<Sample | null> {
  const { files } = context
  for (let attempt = 0; ; attempt++) {
    const isLast = attempt === retries
    const bootId = readBootId(files)
    const inProgress = readInProgress(files)
    if (inProgress === null) return null
    const patches = readKgraftPatches(files)
    if (!inProgress) {
      const unsettled = patches.find(({ functions }) => isMoving(functions))
      if (!unsettled) return { inProgress, patches, moving: null }
      if (isLast) throw new Error(`functions of ${unsettled.name} are on the move while in_progress reads 0`)
    } else {
      const moving = await scanMoving(context, patches, names)
      if (moving) {
        const after = readInProgress(files) === true && readBootId(files) === bootId
        const isSame = after && isSameMove(movingPatch(patches), movingPatch(readKgraftPatches(files)))
        if (isSame || isLast) return { inProgress, patches, moving: { ...moving, raced: !isSame } }
      } else if (isLast) throw new Error(`/${kgraftDirectory}/in_progress reads 1 and no patch is listed`)
    }
    await context.wait(1000)
  }
}

/** The patch in transition and a scan of its tasks; null when no patch is listed. */
async function scanMoving(
  { files, history, now }: ReadingContext,
  patches: readonly KgraftPatch[],
  names: ThreadNames,
): Promise<Omit<Moving, 'raced'> | null> {
  const found = movingPatch(patches)
  // The log names patches by their directories, until this reading has told it the modules.
  const logged = history.unfinished('kgraft').at(-1)?.patch
  const named = patches.find(({ name, directory }) => name === logged || directory === logged)
  const name = found?.name ?? likelyMoving(patches, named?.name ?? null)?.name
  if (name === undefined) return null
  const candidate = found?.direction ?? null
  const target = targetOf(assumedDirection(candidate))
  const scan = await scanTasks(files, target, taskFlag(files, target), now() + scanLimitMs, now, names)
  return { name, candidate, scan }
}

const isSameMove = (before: ReturnType<typeof movingPatch>, after: ReturnType<typeof movingPatch>): boolean =>
  before?.name === after?.name && before?.direction === after?.direction

/**
 * kGraft's flag in upstream's terms: a task whose flag is 0 is where the transition aims, one whose flag is 1 where it came
 * from. Kernels before mid-2015 have it for processes only, and move only those.
 */
function taskFlag(files: HostFiles, target: 0 | 1): TaskFlag {
  const own = files.link('proc/self') ?? '1'
  return {
    file: 'kgr_in_progress',
    isPerProcess:
      files.exists(`proc/${own}/kgr_in_progress`) && !files.exists(`proc/${own}/task/${own}/kgr_in_progress`),
    parse(text) {
      const isLeft = parseKgraftFlag(text)
      return isLeft === null ? null : isLeft ? (target === 1 ? 0 : 1) : target
    },
  }
}
