import type { ReportPatch, ReportSource } from '@graftwatch/contract/report'
import { reportPatchesMax } from '@graftwatch/contract/vocabulary'
import { barePatch } from '@graftwatch/livepatch/bare-patch'
import {
  describeAbort,
  type EffectiveKernel,
  fixesOfTitle,
  parseCheckTime,
  parseEffectiveKernel,
  parseUpdateTitles,
  plannedInstalls,
  updateOfModule,
  updateState,
} from '@graftwatch/livepatch/parse/ksplice'
import { clip } from '@graftwatch/livepatch/parse/text'
import { type HostFiles, ReadFailure } from '../host-files.ts'
import { type Identity, oneLine } from '../identity.ts'
import { directoriesUnlessGone } from './patch-module.ts'
import type { Source, SourceReading } from './source.ts'

const integrated = 'sys/kernel/ksplice'
const maxUpdates = 2000
/** As many patches and claims as a report holds. */
const maxClaims = 64

interface Update {
  id: string
  /** Null where the reader may not read it. */
  stage: string | null
  abortCause: string | null
  conflicts: string
}

/**
 * Oracle's Ksplice: many small updates, each applied at once or not at all.
 *
 * Sources: /sys/kernel/ksplice/<id> or /sys/module/ksplice_<id>/ksplice, whose `stage` needs CAP_DAC_READ_SEARCH; files of its
 * client in /var/lib/uptrack and /var/cache/uptrack. The client itself is never run: even `uptrack-show` takes a lock and
 * writes. `absent` when neither kernel nor disk shows it.
 */
export function createKspliceSource(): Source {
  /** Names of the patches in the last reading, in its order. */
  let told: string[] = []

  /** As many as a report holds, those told before first: ids are random, so that any other cut would let one push another off. */
  function cut(patches: ReportPatch[]): ReportPatch[] {
    const places = new Map(told.map((name, place) => [name, place]))
    const placeOf = ({ name }: ReportPatch): number => places.get(name) ?? reportPatchesMax
    const kept = [...patches].sort((a, b) => placeOf(a) - placeOf(b)).slice(0, reportPatchesMax)
    told = kept.map(({ name }) => name)
    return kept
  }

  return {
    name: 'ksplice',
    async read({ files, identity }): Promise<SourceReading> {
      const updates = readUpdates(files)
      const hasClient = files.exists('var/lib/uptrack') || files.exists('etc/uptrack')
      if (updates.length === 0 && !hasClient) return { status: 'absent' }

      const cache = cacheOf(files, identity)
      const titles = new Map<string, string>()
      for (const name of ['packages.yml', 'upgrade_plan', 'status'])
        for (const [id, title] of parseUpdateTitles(files.text(`${cache}/${name}`) ?? ''))
          titles.set(id, title)
      const effective = parseEffectiveKernel(files.text('var/lib/uptrack/effective_kernel') ?? '')
      const isOfThisKernel = effective !== null && speaksOf(effective, identity)
      const known = updates.map((update) => ({
        update,
        state: stateOf(update, isOfThisKernel ? effective : null),
      }))
      const unread = known.filter(({ state }) => state === null)
      const all = known.flatMap(({ update, state }) =>
        state === null ? [] : [patchOf(update, state, titles.get(update.id))],
      )
      const patches = cut(all)
      const applied = all
        .filter(({ state }) => state === 'applied')
        .map(({ name }) => name.slice('ksplice_'.length))
      const isComplete =
        isOfThisKernel &&
        effective.installed.length === applied.length &&
        applied.every((id) => effective.installed.includes(id))
      return {
        status: unread.length > 0 ? 'failed' : 'ok',
        ...(unread.length > 0
          ? { reason: unreadReason(unread.map(({ update }) => update.id)) }
          : all.length > patches.length && {
              reason: `${all.length} updates, of which a report holds ${reportPatchesMax}`,
            }),
        claims: patches.slice(0, maxClaims).map(({ name, state }) => {
          const { id, stage, abortCause } = updates.find(
            (update) => name === `ksplice_${update.id}`,
          ) as Update
          const words = [
            `stage=${stage?.trim() ?? 'not readable'}`,
            abortCause && `abort_cause=${abortCause.trim()}`,
          ]
          const title = titles.get(id)
          return {
            patch: name,
            state,
            raw: clip(words.filter(Boolean).join(' ') + (title ? `; [${id}] ${title}` : ''), 200),
          }
        }),
        patches,
        // Of other updates than those that run, it is the account of another moment.
        effectiveRelease: isComplete && unread.length === 0 ? effective.release : null,
        ...(hasClient && { verdict: verdictOf(files, cache, applied.length) }),
      }
    },
  }
}

function readUpdates(files: HostFiles): Update[] {
  const standalone = directoriesUnlessGone(files, 'sys/module').flatMap((name) => {
    const id = updateOfModule(name)
    return id === null ? [] : [{ id, directory: `sys/module/${name}/ksplice` }]
  })
  const own = directoriesUnlessGone(files, integrated)
    .filter((id) => /^[a-z0-9]{8}$/.test(id))
    .map((id) => ({ id, directory: `${integrated}/${id}` }))
  const seen = new Set(own.map(({ id }) => id))
  return [...own, ...standalone.filter(({ id }) => !seen.has(id))]
    .slice(0, maxUpdates)
    .flatMap(({ id, directory }) => {
      const stage = files.read(`${directory}/stage`, 64)
      // Without a stage it is still being loaded, or already going; if it is neither, nobody can say what it does.
      const isLive = oneLine(files, `sys/module/ksplice_${id}/initstate`, 16) === 'live'
      if (stage instanceof ReadFailure && stage.isGone && !isLive) return []
      return [
        {
          id,
          stage: stage instanceof ReadFailure ? null : clip(stage, 64),
          abortCause: files.text(`${directory}/abort_cause`, 64),
          conflicts: files.text(`${directory}/conflicts`, 16_384) ?? '',
        },
      ]
    })
}

/** Where the kernel's own word may not be read, the client's account of this very kernel stands in for it. */
function stateOf(
  { id, stage, abortCause }: Update,
  effective: EffectiveKernel | null,
): ReportPatch['state'] | null {
  if (stage !== null) return updateState(stage, abortCause)
  return effective?.installed.includes(id) ? 'applied' : null
}

const patchOf = (update: Update, state: ReportPatch['state'], title: string | undefined): ReportPatch =>
  barePatch({
    mechanism: 'ksplice',
    manager: 'uptrack',
    name: `ksplice_${update.id}`,
    state,
    enabled: state === 'applied',
    cves: title === undefined ? null : fixesOfTitle(title),
    failure:
      state === 'failed' && update.abortCause !== null
        ? describeAbort(update.abortCause, update.conflicts)
        : null,
  })

const unreadReason = (ids: readonly string[]): string =>
  `the stage of ${ids.length} updates (${ids.slice(0, 3).join(', ')}${ids.length > 3 ? ', …' : ''}) is not readable or not known; reading it needs CAP_DAC_READ_SEARCH`

const speaksOf = ({ original }: EffectiveKernel, { kernel }: Identity): boolean =>
  original.release === kernel.release && (original.version === null || original.version === kernel.version)

/** /var/cache/uptrack/<sysname>/<architecture>/<release>/<version>; the last is `uname -v` with its `#` and blanks. */
function cacheOf(files: HostFiles, { kernel }: Identity): string {
  const root = 'var/cache/uptrack/Linux'
  const architecture = files
    .directories(root)
    .find((name) => files.exists(`${root}/${name}/${kernel.release}`))
  const release = `${root}/${architecture ?? 'unknown'}/${kernel.release}`
  const version = files.directories(release).find((name) => name === kernel.version)
  return `${release}/${version ?? 'unknown'}`
}

/** What the client said at its last check, from the files it left. */
function verdictOf(files: HostFiles, cache: string, applied: number): NonNullable<ReportSource['verdict']> {
  const checkedAt = parseCheckTime(files.text(`${cache}/status`) ?? '')
  const isOff =
    files.exists('etc/uptrack/disable') ||
    /(?:^|\s)nouptrack(?:\s|$)/.test(files.text('proc/cmdline', 4096) ?? '')
  if (isOff) return { value: 'off', raw: 'switched off by /etc/uptrack/disable or nouptrack', checkedAt }
  const planned = plannedInstalls(files.text(`${cache}/upgrade_plan`) ?? '')
  if (planned === null) return { value: 'unknown', raw: 'no upgrade_plan of this kernel', checkedAt }
  if (planned > 0) return { value: 'update-available', raw: `upgrade_plan: ${planned} to install`, checkedAt }
  return { value: applied > 0 ? 'applied' : 'none-due', raw: 'upgrade_plan: nothing to install', checkedAt }
}
