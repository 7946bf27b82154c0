import type { ReportAttempt } from '@graftwatch/contract/report'
import type { KpatchMessage } from '@graftwatch/livepatch/parse/kpatch-core'

/**
 * Tries to load a patch with kpatch.ko, as its lines in the kernel log tell them. Each changes all at once or nothing.
 *
 * A refusal does not say which patch it was about. The tool tries five times, 2 s apart, so refusals close to each other are
 * one try, and a load right after them is its good end. A try that stays refused is named by whoever knows what waits on disk.
 */
export interface KpatchTries {
  note(message: KpatchMessage, at: string): void
  /** The last try, if it was refused; `patch` is null while nobody knows it. */
  refused(): Readonly<KpatchTry> | null
  /** Names the last try, if it was refused. */
  name(patch: string): void
  /** Those that have a name, oldest first, at most 64. */
  attempts(): ReportAttempt[]
}

export interface KpatchTry extends Omit<ReportAttempt, 'patch' | 'blocking'> {
  patch: string | null
  endedAt: string
  outcome: 'refused' | 'completed'
  failure: string | null
}

const maxTries = 64
const retryGapMs = 15_000
/** A patch that replaces others says `unloaded` of each, then `loaded` of itself. */
const replaceGapMs = 1000

export function createKpatchTries(): KpatchTries {
  const tries: KpatchTry[] = []

  function latest(at: string, withinMs: number): KpatchTry | null {
    const last = tries.at(-1)
    return last && Date.parse(at) - Date.parse(last.endedAt) <= withinMs ? last : null
  }

  function begin(one: Omit<KpatchTry, 'startedAt'>): void {
    tries.push({ ...one, startedAt: one.endedAt })
    if (tries.length > maxTries) tries.shift()
  }

  function refuse(functionName: string | null, at: string): void {
    const failure = `activeness safety check failed${functionName === null ? '' : ` for ${functionName}`}`
    const last = latest(at, retryGapMs)
    if (last?.outcome === 'refused') Object.assign(last, { endedAt: at, failure })
    else begin({ patch: null, direction: null, endedAt: at, outcome: 'refused', failure })
  }

  function succeed(patch: string, direction: 'patching' | 'unpatching', at: string): void {
    const end = { patch, direction, endedAt: at, outcome: 'completed', failure: null } as const
    const last = latest(at, retryGapMs)
    const isRetried = last?.outcome === 'refused' && (last.patch === null || last.patch === patch)
    const isReplacing = direction === 'patching' && latest(at, replaceGapMs)?.direction === 'unpatching'
    if (last && (isRetried || isReplacing)) Object.assign(last, end)
    // That a patch left is in sysfs; only a try that was refused before is a story of its own.
    else if (direction === 'patching') begin(end)
  }

  return {
    note(message, at) {
      const last = tries.at(-1)
      if (message.kind === 'refused') refuse(message.functionName, at)
      else if (message.kind !== 'holder')
        succeed(message.patch, message.kind === 'loaded' ? 'patching' : 'unpatching', at)
      else if (last?.failure && !last.failure.includes(heldBy))
        last.failure += `${heldBy}${message.comm} (pid ${message.pid})`
    },
    refused() {
      const last = tries.at(-1)
      return last?.outcome === 'refused' ? last : null
    },
    name(patch) {
      const last = tries.at(-1)
      if (last?.outcome === 'refused') Object.assign(last, { patch, direction: 'patching' })
    },
    attempts: () => tries.flatMap(({ patch, ...one }) => (patch === null ? [] : [{ patch, ...one }])),
  }
}

const heldBy = ': in use by '
