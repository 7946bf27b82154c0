import type { AlertCondition, BlockingTask, HostFlag, HostState } from '@graftwatch/contract'
import type { BlockerSignature, HostTruth } from '@graftwatch/livepatch'

/** The oldest cause that holds a host's newest attempt. */
export interface HeldBy extends Omit<BlockerSignature, 'key'> {
  id: string
  since: string
  task: BlockingTask | null
}

/** What alerts are judged by, of one host in the fleet. */
export interface JudgedHost {
  id: number
  hostname: string
  state: HostState
  /** What it was when it last spoke; null while it speaks. */
  lastState: HostState | null
  reason: string | null
  stateSince: string
  /** It was seen for the first time since it was last judged, which was never. */
  isNew: boolean
  flags: readonly HostFlag[]
  labels: Readonly<Record<string, string>>
  demo: boolean
  lastSeenAt: string | null
  /** Since when the server could hear hosts without a gap. */
  heardFrom: string
  truth: HostTruth | null
  heldBy: HeldBy | null
  /** Enabled patches that no installed package brought; null when packages could not be asked. */
  unpackaged: readonly string[] | null
  /** Enabled patches of which other hosts with this kernel run another build, and more of them. */
  rareBuilds: readonly { name: string; build: string }[]
  /** Modules of the kernel that the moving patch changes. */
  movingModules: readonly string[]
  /** Whether the moving patch replaces all others. */
  replaces: boolean
}

/** Something of a host that a rule may be about. */
export interface HeldCondition {
  condition: AlertCondition
  /** What hosts must have in common to be one alert; '' for nothing. */
  reason: string
  /** Null where no reading says it: since it was first judged so. */
  since: string | null
  /** It held when the host was first seen: shown, and no reason to fire. */
  baseline: boolean
  evidence: Evidence
}

/** What the texts of an alert are made from; plain JSON, of one host. */
export interface Evidence {
  host: string
  patch: string | null
  direction: string | null
  remaining: number | null
  total: number | null
  /** A reason of the host's state, a flag, or what an event said. */
  detail: string | null
  tries: number | null
  signalsByItself: boolean | null
  modules: readonly string[]
  replaces: boolean
  signature: (Omit<HeldBy, 'since' | 'task'> & { task: BlockingTask | null }) | null
}

/** Of a stack: enough for what to do about it, in a row that every held host has. */
const framesKept = 24
const offReasons = ['disabled', 'removed']
const blindReasons = ['noSysfs', 'sourceFailed', 'contradiction']

/**
 * What holds on a host now. Pure and never throws. A silent host is judged by what it last said, so that silence ends nothing; what an
 * event began (`crash`, `data-dropped`) is not here, since no later reading shows it: see {@link eventCondition}.
 */
export function conditionsOf(host: JudgedHost): HeldCondition[] {
  const { truth } = host
  const state = host.state === 'silent' ? (host.lastState ?? 'unknown') : host.state
  const stateSince = host.state === 'silent' ? (truth?.stateSince ?? host.stateSince) : host.stateSince
  const found: HeldCondition[] = []
  const add = (
    condition: AlertCondition,
    reason: string,
    { since = stateSince, ...evidence }: Partial<Evidence> & { since?: string | null } = {},
  ) => {
    const baseline =
      host.isNew &&
      (since === null || truth === null || Date.parse(since) <= Date.parse(truth.firstContactAt))
    found.push({ condition, reason, since, baseline, evidence: { ...evidenceOf(host), ...evidence } })
  }

  if (state === 'stuck')
    add('stuck', heldReason(host), {
      since: truth?.open?.progressAt ?? stateSince,
      detail: truth?.reason ?? null,
    })
  if (truth?.failed)
    // By the patch alone: what holds one try may not be what holds the next, and it is one story until a load completes.
    add('failed', truth.failed.patch, {
      since: truth.failed.firstAt ?? truth.failed.at,
      patch: truth.failed.patch,
      tries: truth.failed.tries,
      detail: truth.failed.reason,
    })
  if (state === 'unpatched' && truth) {
    const isOff = offReasons.includes(truth.reason)
    add(isOff ? 'patch-off' : 'not-loaded', isOff ? (truth.lastEnabled?.patch ?? '') : truth.reason, {
      since: isOff || truth.bootedAt === null ? stateSince : laterOf(truth.bootedAt, stateSince),
      patch: truth.lastEnabled?.patch ?? null,
      detail: truth.reason,
    })
  }
  if (truth && truth.forced.length > 0)
    add('forced', truth.forced.join(', '), { since: null, patch: truth.forced.join(', ') })
  for (const patch of host.unpackaged ?? []) add('unknown-patch', patch, { since: null, patch })
  for (const { name, build } of host.rareBuilds)
    add('other-build', `${name} ${build}`, { since: null, patch: name, detail: build })
  if (host.flags.includes('disagree')) add('disagree', '', { since: null })
  if (host.flags.includes('wouldRegress')) add('would-regress', '', { since: null })
  const sight = state === 'unknown' && blindReasons.includes(truth?.reason ?? '') ? truth?.reason : null
  if (sight) add('sight-lost', sight, { detail: sight })
  else if (host.flags.includes('blind')) add('sight-lost', 'blind', { since: null, detail: 'blind' })
  if (host.state === 'silent')
    add('silent', '', {
      since: laterOf(host.lastSeenAt ?? host.stateSince, host.heardFrom),
      detail: host.lastState,
    })
  return found
}

/** The later of two instants; one that is none counts as never. */
const laterOf = (a: string, b: string): string => (Date.parse(b) > Date.parse(a) ? b : a)

const heldReason = ({ heldBy, truth }: JudgedHost): string =>
  heldBy ? `signature ${heldBy.id}` : (truth?.reason ?? 'unknown')

function evidenceOf({ hostname, truth, heldBy, movingModules, replaces }: JudgedHost): Evidence {
  const open = truth?.open ?? null
  return {
    host: hostname,
    patch: open?.patch.name ?? truth?.lastEnabled?.patch ?? null,
    direction: open?.moving ?? open?.direction ?? null,
    remaining: open?.remaining ?? null,
    total: open?.total ?? null,
    detail: null,
    tries: null,
    signalsByItself: open?.signalsByItself ?? null,
    modules: movingModules,
    replaces,
    signature: heldBy && {
      id: heldBy.id,
      direction: heldBy.direction,
      function: heldBy.function,
      kind: heldBy.kind,
      comm: heldBy.comm,
      unit: heldBy.unit,
      task: heldBy.task && {
        ...heldBy.task,
        stack: heldBy.task.stack?.slice(0, framesKept) ?? null,
        commandLine: undefined,
      },
    },
  }
}

const hour = 3_600_000
/** A crash this long after a load may be its doing. */
const suspectMs = hour
/** The boot is known to the second and by a clock that may have been set since: so far apart they may be. */
const bootSlackMs = 60_000

/**
 * What an event of the host means for alerts, and until when; null for one that means nothing. `patch-off`: one of several patches was
 * taken off while the host stays patched, for a day. `crash`: an oops or lockup within an
 * hour of a load in this boot, for a day. `data-dropped`: reports the agent could not keep, for an hour.
 */
export function eventCondition(
  host: JudgedHost,
  event: { kind: string; at: string; patch: string | null; detail: string | null },
): (HeldCondition & { endsAt: string }) | null {
  const at = Date.parse(event.at)
  const until = (ms: number) => new Date(at + ms).toISOString()
  // Before anybody looked: what a host has to tell of its past pages nobody when it is first heard.
  const baseline = host.truth !== null && at <= Date.parse(host.truth.firstContactAt)
  const base = { since: event.at, baseline }
  if (event.kind === 'reports-dropped')
    return {
      ...base,
      condition: 'data-dropped',
      reason: '',
      evidence: { ...evidenceOf(host), detail: event.detail },
      endsAt: until(hour),
    }
  if (event.kind === 'patch-disabled' || event.kind === 'patch-removed') {
    const isReplaced = event.detail?.startsWith('replaced by') === true
    const isOnAgain =
      host.truth?.patches.some(({ applied, name }) => applied && name === event.patch) === true
    if (host.state === 'unpatched' || event.patch === null || isReplaced || isOnAgain) return null
    return {
      ...base,
      condition: 'patch-off',
      reason: event.patch,
      evidence: {
        ...evidenceOf(host),
        patch: event.patch,
        detail: event.kind === 'patch-removed' ? 'removed' : 'disabled',
      },
      endsAt: until(24 * hour),
    }
  }
  if (event.kind !== 'oops' && event.kind !== 'lockup') return null
  const bootedAt = Date.parse(host.truth?.bootedAt ?? '')
  const isOfEarlierBoot = (startedAt: number) => startedAt < bootedAt - bootSlackMs && bootedAt <= at
  const isSuspect = (startedAt: number) =>
    startedAt <= at && at - startedAt <= suspectMs && !isOfEarlierBoot(startedAt)
  const load = (host.truth?.knownAttempts ?? [])
    .filter(({ startedAt }) => isSuspect(Date.parse(startedAt)))
    .toSorted((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt))
    .at(-1)
  if (!load) return null
  return {
    ...base,
    condition: 'crash',
    reason: load.patch,
    evidence: { ...evidenceOf(host), patch: load.patch, detail: event.kind },
    endsAt: until(24 * hour),
  }
}
