import type { ReportSource } from '@graftwatch/contract/report'
import {
  type CanonicalStatus,
  canonicalClaim,
  canonicalVerdict,
  isOfVersion,
  parseCanonicalStatus,
} from '@graftwatch/livepatch/parse/canonical'
import { clip } from '@graftwatch/livepatch/parse/text'
import { type Kept, kept, slotOf } from '../packages/kept.ts'
import type { VendorPrograms } from '../vendor-programs.ts'
import { livepatchDirectory } from './klp-patches.ts'
import type { Source, SourceReading } from './source.ts'

const patienceMs = 2000
const askEveryMs = 900_000

/**
 * Canonical's livepatch client. The patches it loads are upstream livepatches, which `klp` reads; this source adds what the client
 * says of them, so that a client that is wrong shows.
 *
 * Source: GET /status of its unprivileged socket, else `canonical-livepatch status --format json`, asked every 15 minutes and
 * whenever a patch comes or goes. `absent` when the client is not installed.
 */
export function createCanonicalSource(programs: VendorPrograms): Source {
  let status: Kept<string> | null = null

  return {
    name: 'canonical',
    async read({ files, identity, now }): Promise<SourceReading> {
      status ??= kept(() => programs.canonicalStatus(), now)
      const loaded = files.directories(livepatchDirectory)
      const text = await status.get(
        `${loaded.join(' ')} ${slotOf(now(), askEveryMs, identity.host.machineId)}`,
        patienceMs,
      )
      const failure = status.failure()
      if (failure !== null && isNotEnabled(failure))
        return { status: 'ok', claims: [], verdict: off(failure) }
      if (failure !== null) return { status: 'failed', reason: `canonical-livepatch: ${failure}` }
      if (text === null) return { status: 'absent' }
      if (isNotEnabled(text)) return { status: 'ok', claims: [], verdict: off(text) }
      const said = parseCanonicalStatus(text)
      if (said === null)
        return {
          status: 'failed',
          reason: `canonical-livepatch said nothing of a running kernel: ${clip(text.trim(), 200)}`,
        }
      return readingOf(said, loaded)
    },
  }
}

function readingOf(said: CanonicalStatus, loaded: readonly string[]): SourceReading {
  const { version, cves } = said
  const module = version === null ? undefined : loaded.find((name) => isOfVersion(name, version))
  const name = module ?? version
  const state = canonicalClaim(said)
  const raw = clip(
    `State: ${said.state}; CheckState: ${said.checkState}` +
      (said.supported === null ? '' : `; Supported: ${said.supported}`) +
      (version === null ? '' : `; Version: ${version}`),
    200,
  )
  return {
    status: 'ok',
    claims: state === null || name === null ? [] : [{ patch: clip(name, 128), state, raw }],
    verdict: { value: canonicalVerdict(said), raw, checkedAt: said.lastCheck },
    ...(module !== undefined && said.state === 'applied' && { fixes: { patch: module, cves } }),
  }
}

const isNotEnabled = (text: string): boolean => /machine is not enabled/i.test(text)

const off = (words: string): NonNullable<ReportSource['verdict']> => ({
  value: 'off',
  raw: clip(words.trim().split('\n')[0] ?? '', 200),
  checkedAt: null,
})
