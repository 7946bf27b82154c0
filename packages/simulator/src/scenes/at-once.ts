import type { ClientVerdict, ReportPatch } from '@graftwatch/contract'
import { barePatch } from '@graftwatch/livepatch/bare-patch'
import type { AtomicMechanism } from '../agent-model.ts'
import { iso } from '../instant.ts'
import type { KernelModel } from '../kernel-model.ts'

/** Clients ask their vendor every four hours. */
const checkMs = 4 * 3_600_000

/** When the client last asked, in ms. */
const lastCheck = ({ now }: KernelModel): number => Math.floor(now / checkMs) * checkMs

const applied = (
  fields: Pick<ReportPatch, 'mechanism' | 'manager' | 'name' | 'version' | 'cves'>,
): ReportPatch => barePatch({ state: 'applied', enabled: true, ...fields })

/** Ksplice: many small updates, each with a title. CVEs are those that a title names as fixed, never those it detects. */
export const ksplice =
  (titles: readonly (readonly [id: string, title: string])[], effectiveRelease: string) =>
  (kernel: KernelModel): AtomicMechanism => ({
    source: {
      name: 'ksplice',
      status: 'ok',
      durationMs: 6,
      claims: titles.map(([id, title]) => ({
        patch: `ksplice_${id}`,
        state: 'applied',
        raw: `stage=applied abort_cause=ok; [${id}] ${title}`,
      })),
      verdict: {
        value: 'applied',
        raw: 'upgrade_plan: nothing to install',
        checkedAt: iso(lastCheck(kernel)),
      },
    },
    patches: titles.map(([id, title]) =>
      applied({
        mechanism: 'ksplice',
        manager: 'uptrack',
        name: `ksplice_${id}`,
        version: null,
        cves: title.startsWith('Known exploit detection') ? [] : (title.match(/CVE-\d{4}-\d{4,}/g) ?? []),
      }),
    ),
    effectiveRelease,
  })

/** KernelCare: one level of patches that stands for all of them. */
export const kernelcare =
  (
    level: { readonly number: number; readonly effectiveRelease: string; readonly cves: readonly string[] },
    word: ClientVerdict,
  ) =>
  (kernel: KernelModel): AtomicMechanism => {
    const raw = `effective_version=${level.effectiveRelease}; kpatch-state: patch is applied`
    return {
      source: {
        name: 'kernelcare',
        status: 'ok',
        durationMs: 41,
        claims: [{ patch: 'kernelcare', state: 'applied', raw }],
        verdict: {
          value: word,
          raw:
            word === 'applied'
              ? 'kcarectl --status: 0, the latest level is applied'
              : 'kcarectl --status: 2, newer patches are not applied',
          checkedAt: iso(lastCheck(kernel)),
        },
      },
      patches: [
        applied({
          mechanism: 'kernelcare',
          manager: 'kcarectl',
          name: 'kernelcare',
          version: String(level.number),
          cves: [...level.cves],
        }),
      ],
      effectiveRelease: level.effectiveRelease,
    }
  }
