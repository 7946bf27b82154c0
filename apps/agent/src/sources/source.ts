import type { HostReport, ReportPatch, ReportSource, ReportTransition } from '@graftwatch/contract/report'
import type { SourceName } from '@graftwatch/contract/vocabulary'
import type { History } from '../history.ts'
import type { HostFiles } from '../host-files.ts'
import type { Identity } from '../identity.ts'

/** What a source may use to take a reading. */
export interface ReadingContext {
  files: HostFiles
  identity: Identity
  history: History
  /** Milliseconds since the epoch. */
  now(): number
  /** Resolves after that time; at once on a copied tree, where waiting shows nothing new. */
  wait(milliseconds: number): Promise<void>
}

/** What a source found. Sections it does not fill are someone else's. */
export interface SourceReading {
  status: ReportSource['status']
  reason?: string
  claims?: ReportSource['claims']
  patches?: ReportPatch[]
  transition?: ReportTransition | null
  available?: HostReport['available']
  /** What a vendor's client says of this kernel as a whole. */
  verdict?: NonNullable<ReportSource['verdict']>
  /** The release whose fixes the running code has. */
  effectiveRelease?: string | null
  /** CVEs that a client says one patch of another source fixes. */
  fixes?: { patch: string; cves: string[] }
  /** What package databases say of the patches all sources together found. */
  packages?: KnownPackages
}

/** Pure; both are asked once in a reading, after every source. */
export interface KnownPackages {
  identify(patches: readonly ReportPatch[]): ReportPatch[]
  reboot(patches: readonly ReportPatch[], sources: readonly ReportSource[]): HostReport['reboot']
}

/** One place to read: a mechanism, a manager, the kernel log. Keeps what it must remember from reading to reading. */
export interface Source {
  name: SourceName
  /** A throw becomes status `failed` with the error's message, and costs the report nothing but this source. */
  read(context: ReadingContext): Promise<SourceReading>
  /** Releases what the source holds open. */
  close?(): void
}
