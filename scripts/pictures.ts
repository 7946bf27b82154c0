import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { createPool } from '@graftwatch/db/pool'
import { type SyntheticOptions, syntheticIdentity, syntheticReport } from '@graftwatch/simulator'
import { chromium, type Page } from '@playwright/test'
import type pg from 'pg'
import { seedFleet } from './bench/fleet.ts'
import { furnishFleet } from './bench/large-fleet.ts'
import { findBrowser } from './testing/browser.ts'
import { setUpAdmin, startDashboardStack } from './testing/dashboard-stack.ts'

/**
 * Pictures of every page, in three widths and both themes, of a fleet that is empty, the demo's, of seven hosts, of 10,000, all stuck,
 * and with the API away: for looking at, and for the README. Build first (npm run bench does, or npm start).
 *
 *   node scripts/pictures.ts FOLDER [situation …]
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const [folderName, ...wanted] = process.argv.slice(2)
if (folderName === undefined) {
  console.error('usage: node scripts/pictures.ts FOLDER [empty|demo|seven|thousands|stuck|down …]')
  process.exit(2)
}
const folder = resolve(folderName)
const widths = [1440, 1024, 390]

const { addresses, stop } = await startDashboardStack()
const { baseUrl, apiUrl } = addresses
const pool = createPool({ database: addresses.database, applicationName: 'graftwatch-pictures', max: 2 })
const browser = await chromium.launch({ executablePath: await findBrowser(), args: ['--no-sandbox'] })

/** Pages of a situation, with ids of what is there. */
async function pagesOf(page: Page, past: boolean): Promise<[string, string][]> {
  const get = async (path: string) =>
    await (await page.request.get(`${baseUrl}${path}`)).json().catch(() => ({}))
  const host = (await get('/v1/hosts?limit=1')).items?.[0]?.id
  const cause = (await get('/v1/blockers')).items?.[0]?.id
  const alert = (await get('/v1/alerts?limit=1')).items?.[0]?.id
  const patches = (await get('/v1/patches')).items ?? []
  const at = new Date(Date.now() - 5 * 86_400_000).toISOString().slice(0, 16)
  return [
    ['overview', '/'],
    ['hosts', '/hosts'],
    ...(host ? [['host', `/hosts/${host}`] as const, ['attempt', `/hosts/${host}/attempts/1`] as const] : []),
    ['transitions', '/transitions'],
    ['blockers', '/blockers'],
    ...(cause ? [['cause', `/blockers/${cause}`] as const] : []),
    ['patches', '/patches'],
    ...(patches[0] ? [['patch', `/patches/${patches[0].id}`] as const] : []),
    ...(patches[1] ? [['compare', `/patches/compare?a=${patches[0].id}&b=${patches[1].id}`] as const] : []),
    ['alerts', '/alerts'],
    ...(alert ? [['alert', `/alerts/${alert}`] as const] : []),
    ['rules', '/alerts/rules'],
    ['rule', '/alerts/rules/1'],
    ['silences', '/alerts/silences'],
    ['channels', '/alerts/channels'],
    ['channel', '/alerts/channels/new'],
    ['add', '/add'],
    ['settings', '/settings'],
    ['account', '/account'],
    ['audit', '/audit'],
    ...(past
      ? [
          ['overview-then', `/?at=${at}Z`] as const,
          ['hosts-then', `/hosts?at=${at}Z`] as const,
          ['host-then', `/hosts/${host}?at=${new Date(Date.now() - 1_800_000).toISOString()}`] as const,
        ]
      : []),
  ].map(([name, path]) => [name ?? '', path ?? '/'])
}

async function shoot(page: Page, situation: string, pages: readonly [string, string][]): Promise<void> {
  mkdirSync(join(folder, situation), { recursive: true })
  for (const [name, path] of pages) {
    for (const width of widths) {
      await page.setViewportSize({ width, height: width === 390 ? 844 : 900 })
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme })
        await page.goto(`${baseUrl}${path}`)
        await page.waitForLoadState('networkidle', { timeout: 1500 }).catch(() => {})
        await page.screenshot({ path: join(folder, situation, `${name}-${width}-${colorScheme}.png`) })
      }
    }
    console.log(`${situation}: ${name}`)
  }
}

/** A host that enrolls and reports as an agent does. */
async function report(options: Omit<SyntheticOptions, 'sequence' | 'at'>, more: object = {}): Promise<void> {
  const post = async <Answer>(path: string, body: unknown, key?: string): Promise<Answer> => {
    const answer = await fetch(`${apiUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) },
      body: JSON.stringify(body),
    })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as Answer
  }
  const { hostKey } = await post<{ hostKey: string }>('/v1/enroll', {
    token: addresses.token,
    ...syntheticIdentity(options.index),
  })
  const told = syntheticReport({ ...options, sequence: 1, at: Date.now() })
  const transition = told.transition && { ...told.transition, progressAt: told.transition.startedAt }
  await post('/v1/reports', { ...told, transition, ...more }, hostKey)
}

const clear = async (db: pg.Pool) => {
  await db.query('delete from host')
  await db.query(
    'delete from attempt; delete from blocker; delete from period; delete from event; delete from host_ever',
  )
}

const ago = (minutes: number) => Date.now() - minutes * 60_000

/** What makes each situation, in the order in which they are taken; each leaves the fleet to the next. */
const situations: Record<string, (page: Page) => Promise<void>> = {
  async empty() {},
  async demo(page) {
    const { host, port, user, password, database } = addresses.database
    const stateDir = mkdtempSync(join(tmpdir(), 'graftwatch-pictures-'))
    const demo = spawn(process.execPath, ['packages/simulator/src/main.ts'], {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        PATH: process.env.PATH,
        GRAFTWATCH_URL: apiUrl,
        GRAFTWATCH_TOKEN: addresses.demoToken,
        GRAFTWATCH_STATE_DIR: stateDir,
        PGHOST: host,
        PGPORT: String(port),
        PGUSER: user,
        PGPASSWORD: password,
        PGDATABASE: database,
      },
    })
    try {
      for (let tries = 0; tries < 120; tries += 1) {
        const { counts } = await (await page.request.get(`${baseUrl}/v1/overview`)).json()
        if (counts.stuck >= 3 && counts.failed >= 30) break
        await setTimeout(1000)
      }
      await setTimeout(5000)
      await shoot(page, 'demo', await pagesOf(page, true))
    } finally {
      demo.kill('SIGTERM')
      await once(demo, 'exit')
      rmSync(stateDir, { recursive: true, force: true })
      await page.request.delete(`${baseUrl}/v1/demo`, { headers: { origin: baseUrl } })
    }
  },
  async seven() {
    await clear(pool)
    await report({ index: 1, remaining: 3, startedAt: ago(47) })
    await report({ index: 2, remaining: 120, startedAt: ago(0.2) })
    for (const index of [3, 4, 5, 6]) await report({ index })
    await report({ index: 7 }, { patches: [] })
  },
  async thousands() {
    await clear(pool)
    await pool.query('alter sequence host_id_seq restart with 1')
    await seedFleet(pool, 1, 10_000)
    await furnishFleet(pool, 1, 10_000)
  },
  async stuck() {
    await clear(pool)
    for (let index = 1; index <= 40; index += 1)
      await report({ index, remaining: 1 + (index % 5), startedAt: ago(20 + index * 7) })
  },
  async down() {
    process.kill(addresses.apiPid, 'SIGTERM')
    await setTimeout(1000)
  },
}

try {
  const page = await (await browser.newContext()).newPage()
  await setUpAdmin(page.request, addresses)
  for (const [name, prepare] of Object.entries(situations)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue
    await prepare(page)
    if (name !== 'demo') await shoot(page, name, await pagesOf(page, false))
  }
} finally {
  await browser.close()
  await pool.end()
  await stop()
}
