import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { chromium, type Page } from '@playwright/test'
import { findBrowser } from '../testing/browser.ts'
import { setUpAdmin, startDashboardStack } from '../testing/dashboard-stack.ts'

/** From an agent's reading to the number on an open page. */
export interface LiveResult {
  agents: number
  changes: number
  /** Readings that the page never showed, though a later one of the same host was shown. */
  overtaken: number
  p50Ms: number
  p99Ms: number
  maxMs: number
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const tasks = 400

/** A host whose tasks migrate one after the other, as the kernel's files show it. */
class ShrinkingHost {
  readonly folder: string
  #remaining = tasks

  constructor(folder: string, index: number) {
    this.folder = folder
    this.#put('etc/machine-id', `${String(index).padStart(32, 'b')}\n`)
    this.#put(
      'proc/sys/kernel/random/boot_id',
      `526336d7-8775-45d4-a5d9-${String(index).padStart(12, '0')}\n`,
    )
    this.#put('proc/sys/kernel/osrelease', '6.1.0-56-cloud-amd64\n')
    this.#put('proc/sys/kernel/hostname', `live-${index}\n`)
    this.#put('proc/stat', 'btime 1795420000\n')
    this.#put('sys/devices/system/cpu/possible', '0-1\n')
    this.#put('sys/kernel/livepatch/livepatch_1/enabled', '1\n')
    this.#put('sys/kernel/livepatch/livepatch_1/transition', '1\n')
    this.#put('sys/kernel/livepatch/livepatch_1/vmlinux/patched', '1\n')
    for (let tid = 1; tid <= tasks; tid += 1) {
      this.#put(`proc/${tid}/task/${tid}/patch_state`, '0\n')
      this.#put(
        `proc/${tid}/task/${tid}/stat`,
        `${tid} (worker) S 1 0 0 0 -1 64 0 0 0 0 0 0 0 0 20 0 1 0 799 0 0 0\n`,
      )
      this.#put(`proc/${tid}/task/${tid}/comm`, 'worker\n')
      this.#put(`proc/${tid}/stat`, `${tid} (worker) S 1 0 0 0 -1 64 0 0 0 0 0 0 0 0 20 0 1 0 799 0 0 0\n`)
    }
  }

  migrateOne(): void {
    if (this.#remaining > 1) this.#put(`proc/${this.#remaining}/task/${this.#remaining}/patch_state`, '1\n')
    this.#remaining -= 1
  }

  #put(path: string, text: string): void {
    const full = join(this.folder, path)
    mkdirSync(join(full, '..'), { recursive: true })
    writeFileSync(full, text)
  }
}

/** Runs in the page, which has types of its own: notes when each number of remaining tasks stood there first, `live-3 397` → ms. */
const noteNumbers = `
  window.seen = {}
  const look = () => {
    for (const row of document.querySelectorAll('tbody tr')) {
      const host = /live-\\d+/.exec(row.textContent)?.[0]
      const left = /([\\d,]+) left/.exec(row.textContent)?.[1]?.replaceAll(',', '')
      if (host && left) window.seen[host + ' ' + left] ??= Date.now()
    }
  }
  new MutationObserver(look).observe(document.body, { subtree: true, childList: true, characterData: true })
  look()`

interface Reading {
  host: string
  remaining: number
  at: number
}

/** What the agents read and the API kept, as the API's own history of each attempt tells. */
async function readings(page: Page, baseUrl: string): Promise<Reading[]> {
  const get = async (path: string) => await (await page.request.get(`${baseUrl}${path}`)).json()
  const { items } = await get('/v1/hosts?limit=200')
  const all: Reading[] = []
  for (const { id, hostname } of items as { id: string; hostname: string }[]) {
    const { samples } = await get(`/v1/hosts/${id}/attempts/1`)
    for (const { at, remaining } of samples as { at: string; remaining: number | null }[])
      if (remaining !== null) all.push({ host: hostname, remaining, at: Date.parse(at) })
  }
  return all
}

/**
 * Real agents, each on a tree of files in which one task after the other migrates; the real API and dashboard; a real browser with
 * the list of transitions open. Takes `seconds`. Clocks agree, since all run here; what an agent collected is dated by itself.
 */
export async function measureLive(agents: number, seconds: number): Promise<LiveResult> {
  const folder = mkdtempSync(join(tmpdir(), 'graftwatch-live-'))
  const { addresses, stop } = await startDashboardStack()
  const browser = await chromium.launch({ executablePath: await findBrowser(), args: ['--no-sandbox'] })
  const running: ChildProcess[] = []
  try {
    const page = await browser.newPage({ viewport: { width: 1440, height: 1200 } })
    await setUpAdmin(page.request, addresses)
    const hosts = Array.from(
      { length: agents },
      (_unused, index) => new ShrinkingHost(join(folder, `host-${index}`), index),
    )
    for (const host of hosts)
      running.push(
        spawn(process.execPath, ['apps/agent/dist/graftwatch-agent.mjs', 'run', '--root', host.folder], {
          cwd: root,
          stdio: ['ignore', 'ignore', 'inherit'],
          env: {
            PATH: process.env.PATH,
            GRAFTWATCH_URL: addresses.apiUrl,
            GRAFTWATCH_TOKEN: addresses.token,
            GRAFTWATCH_STATE_DIR: join(host.folder, 'state'),
          },
        }),
      )
    await page.goto(`${addresses.baseUrl}/transitions`)
    await page
      .getByText(`live-${agents - 1}`)
      .first()
      .waitFor({ timeout: 60_000 })
    await page.evaluate(noteNumbers)
    const beganAt = Date.now()
    for (const endsAt = beganAt + seconds * 1000; Date.now() < endsAt; await setTimeout(700))
      for (const host of hosts) host.migrateOne()
    const stoppedAt = Date.now()
    await setTimeout(3000)
    const seen = await page.evaluate<Record<string, number>>('window.seen')
    const changes = (await readings(page, addresses.baseUrl)).filter(
      ({ at }) => at > beganAt + 1000 && at < stoppedAt,
    )
    const shown = changes.flatMap(({ host, remaining, at }) => {
      const when = seen[`${host} ${remaining}`]
      return when === undefined ? [] : [when - at]
    })
    shown.sort((a, b) => a - b)
    const part = (share: number) =>
      shown[Math.min(shown.length - 1, Math.floor(shown.length * share))] ?? Number.NaN
    return {
      agents,
      changes: changes.length,
      overtaken: changes.length - shown.length,
      p50Ms: part(0.5),
      p99Ms: part(0.99),
      maxMs: part(1),
    }
  } finally {
    for (const agent of running) agent.kill('SIGTERM')
    await Promise.all(running.map((agent) => (agent.exitCode === null ? once(agent, 'exit') : null)))
    await browser.close()
    await stop()
    rmSync(folder, { recursive: true, force: true })
  }
}
