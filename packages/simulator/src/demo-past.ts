import { createHistoryIngest } from '@graftwatch/api/src/ingest/ingest-history.ts'
import { createPool, type DatabaseConfig } from '@graftwatch/db'
import { discardDemoHosts, isDemoRemoved } from '@graftwatch/db/demo'
import type pg from 'pg'
import { hasDemoState, loadDemoState, saveDemoState } from './demo-state.ts'
import { writePast } from './past.ts'
import { scenes as demoScenes, type Scene } from './scenes/index.ts'
import { SimulatedHost } from './simulated-host.ts'

const pastDays = 14

/** Whether nothing of a demo is there yet. What an interrupted start left of a past is removed; it counts as nothing. */
const isNew = async (pool: pg.Pool, stateDir: string, now: number): Promise<boolean> => {
  if (await isDemoRemoved(pool)) return false
  const isUnfinished = loadDemoState(stateDir, now).isPastUnfinished === true
  if (isUnfinished) await discardDemoHosts(pool)
  else if (hasDemoState(stateDir)) return false
  const { rows } = await pool.query<{ isEmpty: boolean }>(
    'select not exists (select from host where demo) as "isEmpty"',
  )
  return rows[0]?.isEmpty === true
}

/**
 * Gives a demo that begins two weeks of past, once, through the API's own ingest with a simulated clock; a demo that goes on is
 * left alone. Keeps keys, sequences and the story's beginning in `stateDir`, from where the fleet takes them. Safe to call at
 * every start; an interrupted one is done anew. Throws what the database throws.
 */
export const giveDemoPast = async (options: {
  readonly database: string | DatabaseConfig
  readonly stateDir: string
  readonly log: (line: string) => void
  readonly scenes?: readonly Scene[]
  readonly seed?: string
}): Promise<void> => {
  const { database, stateDir, log, scenes = demoScenes, seed = 'demo' } = options
  const pool = createPool({ database, applicationName: 'graftwatch-demo', max: 1 })
  try {
    // For the one connection there is: what a crash takes of the past is written again by the next start.
    await pool.query('set synchronous_commit = off')
    const began = Date.now()
    if (!(await isNew(pool, stateDir, began))) return
    log(`writing the past ${pastDays} days of the simulated hosts`)
    const begun = { version: 1, epoch: began, removed: [] } as const
    saveDemoState(stateDir, { ...begun, hosts: {}, isPastUnfinished: true })
    const from = began - pastDays * 86_400_000
    const hosts = scenes
      .flatMap((scene) => scene.hosts)
      .map((host) => new SimulatedHost(host, { epoch: began, now: from, seed }))
    const kept = await writePast(createHistoryIngest(pool), hosts, { from, until: began })
    await pool.query('insert into alert_dirty (host_id) select id from host where demo order by id')
    saveDemoState(stateDir, { ...begun, hosts: kept })
    log(`written in ${((Date.now() - began) / 1_000).toFixed(1)} s`)
  } finally {
    await pool.end()
  }
}
