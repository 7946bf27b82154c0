import type { HostReport } from '@graftwatch/contract'
import { isReturnedBoot } from '@graftwatch/livepatch'
import type pg from 'pg'
import { clonesOf, splitClone } from './clones.ts'
import type { DictionaryCache } from './dictionaries.ts'
import {
  emptyOutcome,
  type HostOutcome,
  type Incoming,
  noteClone,
  noteMembership,
  noteReturn,
  noteTooManyClones,
  takeReport,
  type Verdict,
} from './report-batch.ts'
import { findSharedKernels } from './shared-kernel.ts'
import { lockHosts } from './sql/lock-hosts.ts'
import { writeOutcomes } from './sql/write-outcomes.ts'

/** What became of a batch: each host it touched, and a verdict for each report, none for one whose host is gone. */
export interface Folded {
  outcomes: HostOutcome[]
  verdicts: (Verdict | undefined)[]
  /** Hosts of the batch under whose identity other machines report. */
  cloned: number[]
}

/** Machines under one identity that get hosts of their own; a key that alternates more boots than that makes no more. */
const clonesMax = 8

const clonesIn = (clones: ReadonlyMap<string, number>, hostId: number): number =>
  [...clones.keys()].filter((of) => of.startsWith(`${hostId} `)).length

/**
 * Folds reports into what is known of their hosts and writes all that follows, in the caller's transaction. Reports of one host are
 * taken in the order of their sequences. A report of a cloned machine becomes one of a host of its own. `dictionaries` must have
 * learnt the reports before.
 */
export async function foldBatch(
  client: pg.PoolClient,
  dictionaries: DictionaryCache,
  batch: readonly Incoming[],
  secondsFor: (report: HostReport) => number,
): Promise<Folded> {
  const clones = await clonesOf(client, [...new Set(batch.map(({ hostId }) => hostId))])
  const hostOf = ({ hostId, report }: Incoming) => clones.get(`${hostId} ${report.kernel.bootId}`) ?? hostId
  const rows = await lockHosts(client, [...new Set(batch.map(hostOf))])
  const outcomes = new Map(rows.map((row) => [row.id, emptyOutcome(row)]))
  await dictionaries.learnFrom(rows)
  const verdicts = new Array<Verdict | undefined>(batch.length)
  const inOrder = batch.map((item, index) => ({ item, index }))
  inOrder.sort((a, b) => a.item.report.sequence - b.item.report.sequence)
  for (const { item, index } of inOrder) {
    let outcome = outcomes.get(hostOf(item))
    if (!outcome) continue
    const { truth } = outcome
    if (truth && item.report.sequence > outcome.sequence && isReturnedBoot(truth, item.report)) {
      if (clonesIn(clones, item.hostId) >= clonesMax) {
        noteTooManyClones(outcome, item)
        verdicts[index] = 'late'
        continue
      }
      const clone = emptyOutcome(await splitClone(client, outcome.row, item.report))
      noteClone(outcome, clone.row.id, item.report)
      clones.set(`${item.hostId} ${item.report.kernel.bootId}`, clone.row.id)
      outcome = outcomes.get(clone.row.id) ?? clone
      outcomes.set(outcome.row.id, outcome)
    }
    verdicts[index] = takeReport(outcome, item)
  }
  const all = [...outcomes.values()]
  await findSharedKernels(client, all)
  for (const outcome of all) {
    noteReturn(outcome)
    noteMembership(outcome)
  }
  await writeOutcomes(client, all, dictionaries, secondsFor)
  return { outcomes: all, verdicts, cloned: [...clones.keys()].map((of) => Number.parseInt(of, 10)) }
}
