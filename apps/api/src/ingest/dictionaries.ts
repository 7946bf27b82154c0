import { type BlockingTask, directions, type HostReport } from '@graftwatch/contract'
import { firstMechanism, signatureOf } from '@graftwatch/livepatch'
import type { HostTruth, PatchIdentity } from '@graftwatch/livepatch/truth'
import type pg from 'pg'

const maxEntries = 50_000

export const kernelKey = (report: HostReport): string =>
  JSON.stringify([report.kernel.release, report.kernel.version ?? '', report.host.architecture ?? ''])
export const patchKey = (patch: PatchIdentity): string =>
  JSON.stringify([patch.mechanism, patch.name, patch.build])

/** What fleets' largest patches need several times over. */
const detailBytesMax = 256 * 1024

/**
 * What a patch changes, for everybody who has it: without what differs from host to host. Null when this host says nothing of it.
 * Objects too long to keep are left out as a whole: a part of them would make two builds look different that are not.
 */
function detailOf({ objects, version, package: from, cves }: HostReport['patches'][number]): string | null {
  if (objects.length === 0 && cves === null) return null
  const shown = objects.map(({ name, functions }) => ({
    name,
    functions: [...new Set(functions.map((each) => each.name))],
  }))
  const about = { version, package: from, cves }
  const detail = JSON.stringify({ objects: shown.length === 0 ? null : shown, ...about })
  return Buffer.byteLength(detail) <= detailBytesMax ? detail : JSON.stringify({ objects: null, ...about })
}

const identityOf = ({ mechanism, name, srcVersion }: HostReport['patches'][number]): PatchIdentity => ({
  mechanism,
  name,
  build: srcVersion ?? '',
})

const signaturesOf = (task: BlockingTask): string[] =>
  directions.map((direction) => JSON.stringify(signatureOf(direction, task)))

/** Ids of rows that many hosts share. Their keys never change, so a cached id stays true. */
export interface Dictionaries {
  kernels: ReadonlyMap<string, number>
  patches: ReadonlyMap<string, number>
  signatures: ReadonlyMap<string, number>
}

/**
 * Kernels, patches and signatures by id, cached. New ones are inserted in their own statements before the batch and in the
 * order of their keys: shared rows taken inside batches are how fleets of reports deadlock.
 */
export class DictionaryCache implements Dictionaries {
  readonly kernels = new Map<string, number>()
  readonly patches = new Map<string, number>()
  readonly signatures = new Map<string, number>()
  /** Patches whose detail is in the database. */
  readonly #described = new Set<number>()
  readonly #pool: Pick<pg.Pool, 'query'>

  constructor(pool: Pick<pg.Pool, 'query'>) {
    this.#pool = pool
  }

  /** After this every kernel, patch and signature these reports and open attempts name has an id here. */
  async learn(reports: readonly HostReport[]): Promise<void> {
    // Only here, at the beginning of a batch: what is learnt for it must still be there when it is written.
    for (const cache of [this.kernels, this.patches, this.signatures])
      if (cache.size > maxEntries) cache.clear()
    await this.#learn(this.kernels, reports.map(kernelKey), insertKernels)
    const patches = reports.flatMap((report) => [
      ...report.patches.map((patch) => patchKey(identityOf(patch))),
      ...(report.transition
        ? [patchKey({ mechanism: report.transition.mechanism, name: report.transition.patch, build: '' })]
        : []),
      ...report.attempts.map(({ patch }) =>
        patchKey({ mechanism: firstMechanism(report), name: patch, build: '' }),
      ),
    ])
    await this.#learn(this.patches, patches, insertPatches)
    await this.#describe(reports)
    // Both directions: the reducer may hold on to the one before an unconfirmed reading.
    const signatures = reports.flatMap(({ transition, attempts }) =>
      [transition, ...attempts].flatMap((told) => told?.blocking ?? []).flatMap(signaturesOf),
    )
    await this.#learn(this.signatures, signatures, insertSignatures)
  }

  /** The same for what hosts brought along from before: patches a failed source cannot name, an attempt a reboot ended. */
  async learnFrom(hosts: readonly { truth: HostTruth | null; report: HostReport | null }[]): Promise<void> {
    const open = hosts.flatMap(({ truth }) => truth?.open ?? [])
    const patches = hosts.flatMap(({ report }) => report?.patches.map(identityOf) ?? [])
    await this.#learn(
      this.patches,
      [...open.map(({ patch }) => patch), ...patches].map(patchKey),
      insertPatches,
    )
    // Both directions: a reversal earlier in the batch may come before the reading that releases the task.
    const signatures = open.flatMap(({ held }) => held.flatMap(({ task }) => signaturesOf(task)))
    await this.#learn(this.signatures, signatures, insertSignatures)
  }

  /**
   * Keeps what the first host that has a patch says of it. A statement a patch, in the order of their ids: two replicas that hear of
   * the same new patches never wait for each other in a circle.
   */
  async #describe(reports: readonly HostReport[]): Promise<void> {
    if (this.#described.size > maxEntries) this.#described.clear()
    const details = new Map<number, string>()
    for (const patch of reports.flatMap((report) => report.patches)) {
      const id = this.patches.get(patchKey(identityOf(patch)))
      if (id === undefined || this.#described.has(id) || details.has(id)) continue
      const detail = detailOf(patch)
      if (detail !== null) details.set(id, detail)
    }
    for (const [id, detail] of [...details].sort(([a], [b]) => a - b)) {
      await this.#pool.query({ ...describePatch, values: [id, detail] })
      this.#described.add(id)
    }
  }

  async #learn(cache: Map<string, number>, keys: readonly string[], statement: Statement): Promise<void> {
    const unknown = [...new Set(keys)].filter((key) => !cache.has(key)).sort()
    if (unknown.length === 0) return
    const rowsToAdd = JSON.stringify(unknown.map(statement.row))
    await this.#pool.query({ ...statement.insert, values: [rowsToAdd] })
    const { rows } = await this.#pool.query<{ key: number; id: number }>({
      ...statement.select,
      values: [rowsToAdd],
    })
    for (const { key, id } of rows) {
      const name = unknown[key - 1]
      if (name !== undefined) cache.set(name, id)
    }
  }
}

interface Statement {
  row: (key: string) => unknown
  insert: { name: string; text: string }
  select: { name: string; text: string }
}

const asArray = (names: string) => (key: string) =>
  Object.fromEntries(names.split(' ').map((column, index) => [column, (JSON.parse(key) as unknown[])[index]]))

const insertKernels: Statement = {
  row: asArray('release version architecture'),
  insert: {
    name: 'kernels-insert',
    text: `insert into kernel (release, version, architecture)
           select release, version, architecture
           from jsonb_to_recordset($1::jsonb) as u (release text, version text, architecture text)
           order by 1, 2, 3 on conflict do nothing`,
  },
  select: {
    name: 'kernels-select',
    text: `select u.ordinality::int as key, k.id
           from rows from (jsonb_to_recordset($1::jsonb) as (release text, version text, architecture text)) with ordinality as u
           join kernel k using (release, version, architecture)`,
  },
}

const insertPatches: Statement = {
  row: asArray('mechanism name build'),
  insert: {
    name: 'patches-insert',
    text: `insert into patch (mechanism, name, build)
           select mechanism, name, build from jsonb_to_recordset($1::jsonb) as u (mechanism text, name text, build text)
           order by 1, 2, 3 on conflict do nothing`,
  },
  select: {
    name: 'patches-select',
    text: `select u.ordinality::int as key, p.id
           from rows from (jsonb_to_recordset($1::jsonb) as (mechanism text, name text, build text)) with ordinality as u
           join patch p using (mechanism, name, build)`,
  },
}

const describePatch = {
  name: 'patch-describe',
  text: 'update patch set detail = $2::jsonb where id = $1 and detail is null',
}

const insertSignatures: Statement = {
  row: (key) => JSON.parse(key) as unknown,
  insert: {
    name: 'signatures-insert',
    text: `insert into signature (key, direction, function, kind, comm, unit)
           select * from jsonb_to_recordset($1::jsonb)
             as u (key text, direction text, function text, kind text, comm text, unit text)
           order by 1 on conflict do nothing`,
  },
  select: {
    name: 'signatures-select',
    text: `select u.ordinality::int as key, s.id
           from rows from (jsonb_to_recordset($1::jsonb) as (key text)) with ordinality as u join signature s using (key)`,
  },
}
