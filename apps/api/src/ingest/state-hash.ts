import type { HostReport } from '@graftwatch/contract'
import { type HostTruth, needsAnotherReport } from '@graftwatch/livepatch'

/** A state hash as the 64-bit number it is; 0 stands for "none", which no heartbeat matches by chance. */
export const parseStateHash = (hex: string | undefined): bigint => (hex ? BigInt(`0x${hex}`) : 0n)

/** The hash that heartbeats may answer to; "none" where the fold needs another full report though nothing changes on the host. */
export const settledHash = (truth: HostTruth, report: HostReport): bigint =>
  needsAnotherReport(truth) ? 0n : parseStateHash(report.stateHash)

/** As PostgreSQL's signed bigint. */
export const toSigned = (hash: bigint): string => BigInt.asIntN(64, hash).toString()
