import type { HostReport } from '@graftwatch/contract'
import type { HostClock } from './host-clock.ts'
import type { AttemptWrite, BlockerWrite, HostFact, HostTruth } from './truth.ts'

/** Facts of one report, with what all of them share filled in. */
export class Facts {
  readonly list: HostFact[] = []
  private readonly bootId: string
  private readonly now: string

  constructor(bootId: string, now: string) {
    this.bootId = bootId
    this.now = now
  }

  add(kind: HostFact['kind'], fields: Partial<HostFact> = {}): void {
    this.list.push({
      kind,
      occurredAt: this.now,
      bootId: this.bootId,
      patch: null,
      source: 'server',
      from: null,
      to: null,
      reason: null,
      detail: null,
      ...fields,
    })
  }
}

/** One report being folded: what {@link reduce} reads and fills. */
export interface Step {
  truth: HostTruth
  report: HostReport
  /** The host's labels, wherever they were set. */
  labels: Readonly<Record<string, string>>
  clock: HostClock
  facts: Facts
  attempts: AttemptWrite[]
  blockers: BlockerWrite[]
  isFirstContact: boolean
  /** When the host was read before; null at first contact. */
  readBefore: string | null
  /** When the present boot began, as far as the reading before allows; null while the boot is the same. */
  rebootedAt: string | null
  /** See {@link Change.bootGap}. */
  bootGap: string | null
}
