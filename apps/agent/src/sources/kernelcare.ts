import { barePatch } from '@graftwatch/livepatch/bare-patch'
import { parseCveList, parseKernelcareInfo, verdictOfStatus } from '@graftwatch/livepatch/parse/kernelcare'
import { clip } from '@graftwatch/livepatch/parse/text'
import { ReadFailure } from '../host-files.ts'
import { type Kept, kept, noAnswerYet, slotOf } from '../packages/kept.ts'
import type { Answer } from '../programs.ts'
import type { VendorPrograms } from '../vendor-programs.ts'
import type { ReadingContext, Source, SourceReading } from './source.ts'

const patienceMs = 2000
/** `--info` reads the host only; `--status` may ask the vendor, who is asked by the agent of its own every four hours too. */
const infoEveryMs = 900_000
const statusEveryMs = 4 * 3_600_000

/** What the kernel said was applied when the client was asked, which is what its answer is about. */
interface Of {
  of: string | null
}

interface Said {
  info: Kept<Answer & Of>
  status: Kept<Answer & Of & { atMs: number }>
}

/**
 * TuxCare's KernelCare: one set of patches, applied at once, with a level.
 *
 * Sources: /proc/kcare, which is there for as long as its module is, and whose `effective_version` is there while a set is applied;
 * `kcarectl --info` for the level and `--status` for what is newer. `absent` when there is neither.
 */
export function createKernelcareSource(programs: VendorPrograms): Source {
  let said: Said | null = null
  let asksOf: string | null = null

  return {
    name: 'kernelcare',
    async read({ files, identity, now }: ReadingContext): Promise<SourceReading> {
      said ??= {
        info: kept(async () => {
          const of = asksOf
          const answer = await programs.kernelcareInfo()
          return answer && { ...answer, of }
        }, now),
        status: kept(async () => {
          const of = asksOf
          const answer = await programs.kernelcareStatus()
          return answer && { ...answer, of, atMs: now() }
        }, now),
      }
      const hasModule = files.exists('proc/kcare')
      const file = files.read('proc/kcare/effective_version', 4096)
      const effective = typeof file === 'string' ? clip(file.split('\n')[0]?.trim() ?? '', 128) || null : null
      asksOf = effective
      const slot = (everyMs: number): string =>
        `${effective} ${slotOf(now(), everyMs, identity.host.machineId)}`
      const answer = await said.info.get(slot(infoEveryMs), patienceMs)
      const unanswered = said.info.failure()
      const failure = unanswered ?? failureOf(answer)
      if (!hasModule && answer === null && unanswered === null) return { status: 'absent' }
      // A client that is slow was right a moment ago; one that fails may have been wrong since.
      const isNow = answer?.of === effective && (unanswered === null || unanswered === noAnswerYet)
      const info = parseKernelcareInfo(isNow ? answer.output : '')
      // Unreadable is not absent: only a file that is gone says that nothing is applied.
      const isTold = hasModule && (effective !== null || (file instanceof ReadFailure && file.isGone))
      const isApplied = isTold ? effective !== null : info.isApplied
      if (isApplied === null) {
        const isUnread = file instanceof ReadFailure && !file.isGone
        const unread = isUnread ? `${file.code} reading /proc/kcare/effective_version; ` : ''
        return {
          status: 'failed',
          reason: `${unread}kcarectl --info: ${failure ?? 'says nothing of a state'}`,
        }
      }

      const status = await said.status.get(slot(statusEveryMs), patienceMs)
      const cves = files.text('proc/kcare/cvelist')
      const patch = barePatch({
        mechanism: 'kernelcare',
        manager: 'kcarectl',
        name: 'kernelcare',
        state: 'applied',
        enabled: true,
        version: info.level,
        cves: cves === null ? null : parseCveList(cves),
      })
      const word =
        status?.exitCode == null || status.of !== effective ? null : verdictOfStatus(status.exitCode)
      const raw = [
        hasModule && `effective_version=${effective ?? 'none'}`,
        info.isApplied !== null &&
          `kpatch-state: ${info.isApplied ? 'patch is applied' : 'no patches applied'}`,
      ]
      return {
        status: 'ok',
        // The kernel's own files tell the state; a client that fails beside them is worth a word and no more.
        ...(failure !== null && { reason: `kcarectl --info: ${failure}` }),
        claims: isApplied
          ? [{ patch: 'kernelcare', state: 'applied', raw: clip(raw.filter(Boolean).join('; '), 200) }]
          : [],
        patches: isApplied ? [patch] : [],
        effectiveRelease: isApplied ? (effective ?? info.effectiveRelease) : null,
        ...(word && {
          verdict: {
            value: word.value,
            raw: `kcarectl --status: ${status?.exitCode}, ${word.words}`,
            checkedAt: new Date(status?.atMs ?? 0).toISOString(),
          },
        }),
      }
    },
  }
}

/** It prints what went wrong on standard output. */
const failureOf = (answer: Answer | null): string | null =>
  answer === null || answer.exitCode === 0
    ? null
    : clip(`ended with ${answer.exitCode}: ${answer.output.trim()}`, 250)
