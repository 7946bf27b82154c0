import type pg from 'pg'
import type { HostOutcome } from './report-batch.ts'

/** Any number, as long as nothing else of ours takes it together with a small one. */
const bootLockClass = 724_501

/**
 * Finds out which of these hosts speak for a kernel that an older agent speaks for already, as agents in system containers do: the
 * host that enrolled first is the kernel's, the others are its members. Only hosts whose boot is new to them are looked up; batches
 * that hear the same new boot wait for each other.
 */
export async function findSharedKernels(
  client: pg.PoolClient,
  outcomes: readonly HostOutcome[],
): Promise<void> {
  const booted = outcomes.filter(({ row, truth }) => truth && truth.bootId !== row.bootId)
  if (booted.length === 0) return
  const bootIds = [...new Set(booted.flatMap(({ truth }) => truth?.bootId ?? []))]
  await client.query({
    name: 'boots-lock',
    text: `select pg_advisory_xact_lock($1, slot)
           from (select distinct hashtext(boot_id) & 63 as slot from unnest($2::text[]) as boot_id order by 1) as slots`,
    values: [bootLockClass, bootIds],
  })
  const { rows } = await client.query<{ bootId: string; first: number }>({
    name: 'boots-first',
    text: `select boot_id as "bootId", min(id)::int as first from host
           where boot_id = any($1) and retired_at is null group by boot_id`,
    values: [bootIds],
  })
  const firsts = new Map(rows.map(({ bootId, first }) => [bootId, first]))
  for (const { row, truth } of booted) {
    if (!truth) continue
    firsts.set(truth.bootId, Math.min(firsts.get(truth.bootId) ?? row.id, row.id))
  }
  for (const outcome of booted)
    if (outcome.truth) outcome.isShared = firsts.get(outcome.truth.bootId) !== outcome.row.id
}
