import { createHash } from 'node:crypto'
import type { HostReport, ReportSource } from '@graftwatch/contract/report'
import { reportPatchesMax } from '@graftwatch/contract/vocabulary'
import { clip } from '@graftwatch/livepatch/parse/text'
import { steadyMs } from './clock.ts'
import { withCommandLines } from './command-lines.ts'
import { createHistory } from './history.ts'
import type { HostFiles } from './host-files.ts'
import { type Identity, readIdentity, unknownBoot } from './identity.ts'
import { type PackagePrograms, packagePrograms } from './packages/package-programs.ts'
import { examineRights, levelOf, missingCapabilities } from './rights.ts'
import { createSources } from './sources/index.ts'
import type { ReadingContext, Source, SourceReading } from './sources/source.ts'
import { type VendorPrograms, vendorPrograms } from './vendor-programs.ts'
import { agentVersion } from './version.ts'

export interface ReaderOptions {
  files: HostFiles
  labels: Record<string, string>
  /** Whether the settings ask for command lines. */
  sendsCommandLines?: boolean
  /** Stands in for a machine id where the host has none. */
  fallbackId?: string | null
  /** How package databases are asked where only a program can read them. */
  packagePrograms?: PackagePrograms
  vendorPrograms?: VendorPrograms
  now?: () => number
  wait?: (milliseconds: number) => Promise<void>
}

/** A report without what delivery adds. */
export type Reading = Omit<HostReport, 'sequence' | 'stateHash'> & { stateHash: string }

/** Takes readings of one host, one after the other, and remembers what two of them together tell. */
export interface Reader {
  /** Never throws for what the host lacks: a source that fails says so in the reading. */
  read(): Promise<Reading>
  close(): void
}

export function createReader(options: ReaderOptions): Reader {
  const { files } = options
  const now = options.now ?? Date.now
  const wait = files.isLive ? (options.wait ?? pause) : () => Promise.resolve()
  const sources = createSources({
    ...(options.packagePrograms ?? packagePrograms(files)),
    ...(options.vendorPrograms ?? vendorPrograms(files)),
  })
  const rights = examineRights(files)
  const level = levelOf(rights, options.sendsCommandLines ?? false)
  let boot: Identity['kernel'] | null = null
  let before: Identity | null = null
  let history = createHistory()

  /** `btime` moves with the clock, by a second even on a quiet host: the first one read names the boot. */
  function identify(): Identity {
    const identity = sameBoot(readIdentity(files, options.fallbackId ?? null), before)
    before = identity
    if (boot?.bootId !== identity.kernel.bootId) {
      boot = identity.kernel
      history = createHistory()
    }
    const bootedAtMs = boot.bootedAt === null ? null : Date.parse(boot.bootedAt)
    return { ...identity, kernel: { ...identity.kernel, bootedAt: boot.bootedAt }, bootedAtMs }
  }

  const told = (transition: NonNullable<Reading['transition']>) => ({
    ...transition,
    blocking: withCommandLines(files, transition.blocking),
  })

  return {
    async read() {
      const identity = identify()
      const context: ReadingContext = { files, identity, history, now, wait }
      const found: { report: ReportSource; reading: SourceReading | null }[] = []
      for (const source of sources) found.push(await readSource(source, context))
      const readings = found.map(({ reading }) => reading)
      const first = <T>(pick: (reading: SourceReading) => T | null | undefined): T | null =>
        readings.map((reading) => (reading ? pick(reading) : null)).find((value) => value != null) ?? null
      const reports = found.map(({ report }) => report)
      const transition = first((reading) => reading.transition)
      const known = first((reading) => reading.packages)
      const unnamed = readings.flatMap((reading) => reading?.patches ?? []).slice(0, reportPatchesMax)
      const fixes = first((reading) => reading.fixes)
      const patches = (known?.identify(unnamed) ?? unnamed).map((patch) =>
        patch.name === fixes?.patch ? { ...patch, cves: patch.cves ?? fixes.cves } : patch,
      )
      const body: Omit<Reading, 'stateHash'> = {
        reportVersion: 1,
        collectedAt: new Date(now()).toISOString(),
        agent: {
          version: agentVersion,
          runtime: `node ${process.versions.node}`,
          level,
          dropped: 0,
          missingCapabilities: missingCapabilities(rights),
        },
        host: { ...identity.host, labels: options.labels },
        kernel: { ...identity.kernel, ...effective(first((reading) => reading.effectiveRelease)) },
        sources: reports,
        patches,
        transition: level === 'full' && transition ? told(transition) : transition,
        available: readings.flatMap((reading) => reading?.available ?? []).slice(0, 64),
        reboot: known?.reboot(patches, reports) ?? {
          pending: null,
          reason: null,
          installedKernel: null,
          fixesLost: null,
        },
        attempts: history.attempts(),
        events: history.events(),
      }
      return { ...body, stateHash: stateHashOf(body) }
    },
    close() {
      for (const source of sources) source.close?.()
    },
  }
}

/** A process does not outlive its kernel: what names host and boot stays when it cannot be read for once. */
function sameBoot(read: Identity, before: Identity | null): Identity {
  if (before === null || read.kernel.bootId !== unknownBoot) return read
  const { bootId, release } = before.kernel
  return { ...read, host: before.host, kernel: { ...read.kernel, bootId, release } }
}

const effective = (release: string | null): { effectiveRelease?: string } =>
  release === null ? {} : { effectiveRelease: release }

const pause = (milliseconds: number): Promise<void> => new Promise((done) => setTimeout(done, milliseconds))

async function readSource(source: Source, context: ReadingContext) {
  const startedMs = steadyMs()
  const elapsed = (): number => Math.round((steadyMs() - startedMs) * 10) / 10
  try {
    const reading = await source.read(context)
    const { status, reason, claims, verdict } = reading
    const report: ReportSource = { name: source.name, status, durationMs: elapsed() }
    if (reason !== undefined) report.reason = clip(reason, 300)
    if (claims !== undefined) report.claims = claims
    if (verdict !== undefined) report.verdict = verdict
    return { report, reading }
  } catch (error) {
    const reason = clip(error instanceof Error ? error.message : String(error), 300)
    return {
      report: { name: source.name, status: 'failed' as const, reason, durationMs: elapsed() },
      reading: null,
    }
  }
}

/** 16 hex digits over all that says something about the host, and nothing that says only when or how it was read. */
export function stateHashOf(reading: Omit<Reading, 'stateHash'>): string {
  const { collectedAt: _collectedAt, agent, sources, ...rest } = reading
  const stable = {
    ...rest,
    agent: { ...agent, dropped: 0 },
    sources: sources.map((source) => ({ ...source, durationMs: 0 })),
  }
  return createHash('sha256').update(JSON.stringify(stable)).digest('hex').slice(0, 16)
}

/** Whether a second reading is owed soon: a direction, or the end of a transition, is announced only when two agree. */
export function isUnconfirmed(reading: Reading): boolean {
  if (reading.transition !== null) return reading.transition.direction === null
  return reading.attempts.some((attempt) => attempt.endedAt === null)
}
