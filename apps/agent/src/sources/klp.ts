import type { ReportPatch, ReportTransition } from '@graftwatch/contract/report'
import type { Direction } from '@graftwatch/contract/vocabulary'
import { parseCpuCount, parseHidepid } from '@graftwatch/livepatch/parse/host'
import { patchStateOf, signalsByItself } from '@graftwatch/livepatch/parse/klp'
import { parseStat } from '@graftwatch/livepatch/parse/task'
import { candidateOf, confirmDirection, isEdge, judgeTally, targetOf } from '@graftwatch/livepatch/sample'
import { type BlockerBook, createBlockerBook } from '../blockers.ts'
import type { HostFiles } from '../host-files.ts'
import { readBootId } from '../identity.ts'
import { scanTasks, type TaskScan } from '../task-scan.ts'
import { livepatchDirectory, type PatchFlags, readFlags, readLeftovers, readPatches } from './klp-patches.ts'
import type { ReadingContext, Source, SourceReading } from './source.ts'

/** What is remembered of the transition that runs. */
interface Track {
  patch: string
  /** What the last sample's `enabled` suggested. */
  candidate: Direction
  firstSeenAt: string
  blockers: BlockerBook
}

interface Sample {
  flags: PatchFlags[]
  /** The patch in transition, and the scan made of its tasks. */
  moving: { name: string; candidate: Direction; scan: TaskScan; raced: boolean } | null
}

const scanLimitMs = 5000
const retries = 3
const initPidNamespace = 'pid:[4026531836]'

/**
 * The kernel's own livepatches and how far a transition has come.
 *
 * Source: /sys/kernel/livepatch, ABI `sysfs-kernel-livepatch`, and /proc/<pid>/task/<tid>/patch_state; the latter needs
 * CAP_DAC_READ_SEARCH. `absent` when the kernel has no livepatch support; fails with `no-sysfs` when sysfs is not mounted,
 * as in many containers: that is not the same as having no patch.
 */
export function createKlpSource(): Source {
  let track: Track | null = null
  /** An attempt that no longer runs, and in how many readings that was so. */
  let ending = { patch: '', readings: 0 }

  async function readTransition(context: ReadingContext, sample: Sample, patches: ReportPatch[]) {
    const { moving } = sample
    const patch = patches.find((candidate) => candidate.name === moving?.name)
    if (!moving || !patch) return null
    const now = new Date(context.now()).toISOString()
    const previous: Direction | null = track?.patch === patch.name ? track.candidate : null
    track =
      track?.patch === patch.name
        ? { ...track, candidate: moving.candidate }
        : { patch: patch.name, candidate: moving.candidate, firstSeenAt: now, blockers: createBlockerBook() }
    const logged = context.history.open(patch.name)?.heading ?? null
    const direction = confirmDirection(moving.candidate, previous, logged)
    if (direction !== null) noteDirection(context, track, direction)
    return describe(context, { patch, patches, moving, direction, track })
  }

  /** Two readings without a transition, or the log, end an attempt: a single one may have come between two. */
  function noteEnd(context: ReadingContext, flags: readonly PatchFlags[]): void {
    const movingNow = flags.find((flag) => flag.inTransition)?.name
    const candidates = context.history.attempts().filter((attempt) => attempt.endedAt === null)
    const open = candidates.find((attempt) => attempt.patch !== movingNow)
    if (!open) {
      ending = { patch: '', readings: 0 }
      return
    }
    ending = { patch: open.patch, readings: ending.patch === open.patch ? ending.readings + 1 : 1 }
    if (ending.readings < 2) return
    const isApplied = flags.some((flag) => flag.name === open.patch && flag.enabled)
    const direction = isApplied ? 'patching' : 'unpatching'
    const at = new Date(context.now()).toISOString()
    context.history.note({
      kind: 'transition-completed',
      patch: open.patch,
      direction,
      at,
      source: 'observed',
    })
  }

  return {
    name: 'klp',
    async read(context): Promise<SourceReading> {
      const { files, identity, history } = context
      if (!files.exists('sys/kernel')) return { status: 'failed', reason: 'no-sysfs' }
      const sample = await takeSample(context)
      if (sample === null) {
        track = null
        return { status: 'absent' }
      }
      const patches = readPatches(files, sample.flags, identity)
      const transition = await readTransition(context, sample, patches)
      if (!sample.moving) track = null
      noteEnd(context, sample.flags)
      const claims = patches.map((patch) => {
        const direction = patch.name === transition?.patch ? transition.direction : null
        patch.forced = history.isForced(patch.name) ? true : null
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

function noteDirection(context: ReadingContext, track: Track, direction: Direction): void {
  const open = context.history.open(track.patch)
  const fact = { patch: track.patch, direction, source: 'observed' as const }
  if (!open) context.history.note({ ...fact, kind: 'transition-started', at: track.firstSeenAt })
  else if (open.heading !== direction)
    context.history.note({ ...fact, kind: 'transition-reversed', at: new Date(context.now()).toISOString() })
}

/**
 * Flags of all patches and, while one is in transition, a scan of all tasks during which nothing changed: `enabled`,
 * `transition` and the boot are read again afterwards. Tried four times, a second apart; then `raced` says that it never
 * held still, or stood at an edge. Null when the kernel has no livepatch support.
 */
async function takeSample(context: ReadingContext): Promise<Sample | null> {
  const { files } = context
  for (let attempt = 0; ; attempt++) {
    const bootId = readBootId(files)
    const flags = readFlags(files)
    const moving = flags?.filter((flag) => flag.inTransition) ?? []
    const [patch] = moving
    if (flags === null) return null
    if (!patch) return { flags: flags.filter((flag) => !isFreed(files, flag)), moving: null }
    const candidate = candidateOf(patch.enabled)
    const scan = await scanTasks(files, targetOf(candidate), context.now() + scanLimitMs, context.now)
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

interface Described {
  patch: ReportPatch
  patches: readonly ReportPatch[]
  moving: NonNullable<Sample['moving']>
  direction: Direction | null
  track: Track
}

async function describe(context: ReadingContext, found: Described): Promise<ReportTransition> {
  const { files, identity, history } = context
  const { patch, moving, track } = found
  const { scan, candidate, raced } = moving
  const judged = judgeTally(scan.tally, candidate, idleTasks(files), {
    raced,
    timedOut: scan.timedOut,
    deniedByRights: scan.deniedByRights,
    hidepid: hidesProcesses(files, scan),
    pidNamespace: isInPidNamespace(files),
  })
  const situation = {
    files,
    identity,
    direction: candidate,
    patch,
    otherPatches: found.patches.filter((other) => other !== patch),
    nowMs: context.now(),
  }
  const { blocking, omitted } = await track.blockers.describe(scan.remaining, situation)
  const open = history.open(patch.name)
  const isLogged = open?.source === 'kernel-log'
  return {
    mechanism: 'klp',
    patch: patch.name,
    direction: found.direction,
    startedAt: isLogged ? open.startedAt : track.firstSeenAt,
    startedAtSource: isLogged ? 'kernel-log' : 'observed',
    tasks: judged.tasks,
    groups: scan.groups,
    confidence: judged.confidence,
    confidenceReason: judged.confidenceReason,
    signalsByItself: files.exists(`${livepatchDirectory}/${patch.name}/signal`)
      ? false
      : signalsByItself(identity.kernel.release),
    blocking,
    blockingOmitted: omitted,
  }
}

/** Idle tasks take part and are not in /proc: one for each possible CPU. */
function idleTasks(files: HostFiles): number {
  const directory = 'sys/devices/system/cpu'
  return (
    parseCpuCount(files.text(`${directory}/possible`) ?? '') ??
    parseCpuCount(files.text(`${directory}/online`) ?? '') ??
    0
  )
}

/** hidepid is no obstacle to readers with CAP_SYS_PTRACE or in its group; those see process 1 and can read every task. */
function hidesProcesses(files: HostFiles, scan: TaskScan): boolean {
  const mounts = files.text('proc/self/mountinfo') ?? files.text('proc/mounts')
  if (mounts === null || parseHidepid(mounts) !== true) return false
  return !scan.sawInit || scan.tally.unreadable > 0
}

/** Process 2 is kthreadd in the initial namespace. Where neither is readable nothing is claimed. */
function isInPidNamespace(files: HostFiles): boolean {
  const namespace = files.link('proc/self/ns/pid')
  if (namespace !== null) return namespace !== initPidNamespace
  const second = parseStat(files.text('proc/2/stat', 4096) ?? '')
  return second !== null && !second.isKernelThread
}
