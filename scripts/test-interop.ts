import { mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { alertSteps } from './interop/alert-steps.ts'
import { startAlertmanager } from './interop/alertmanager.ts'
import { atEnd, undoAll } from './interop/at-end.ts'
import { startMailServer } from './interop/mail-server.ts'
import { findPrograms } from './interop/programs.ts'
import { startPrometheus } from './interop/prometheus.ts'
import { prometheusSteps } from './interop/prometheus-steps.ts'
import { startReceiver } from './interop/receiver.ts'
import { startServer } from './interop/server.ts'
import type { Lane, Step } from './interop/step.ts'
import { startVerifyingReceiver } from './interop/verifying-receiver.ts'

/**
 * The production API and dashboard beside the real programs they speak with: Prometheus and Alertmanager as Debian ships them, an SMTP server, and
 * a receiver of signed webhooks. Every server listens on loopback. Last line: `N passed, N failed`.
 */
const cache = join(homedir(), '.cache/graftwatch/interop')
const folder = mkdtempSync(join(tmpdir(), 'graftwatch-interop-'))
const steps: Step[] = [...prometheusSteps, ...alertSteps]
const begun = Date.now()
/** When much fails, each step waits to its end; the last line must still come. */
const timeMs = 4 * 60_000
let passed = 0
let failed = 0

const seconds = (since: number): string => `${((Date.now() - since) / 1000).toFixed(0)} s`

function fail(what: string, error: unknown): void {
  failed += 1
  console.log(`FAILED ${what}: ${error instanceof Error ? error.message : error}`)
}

/** Ends what was started and says how it went. */
async function end(): Promise<never> {
  await undoAll()
  console.log(`- the interop lane took ${seconds(begun)}`)
  console.log(`${passed} passed, ${failed} failed`)
  process.exit(failed === 0 && passed > 0 ? 0 : 1)
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => {
    fail('the interop lane', `ended by ${signal}`)
    void end()
  })

async function startLane(): Promise<Lane> {
  const programs = findPrograms(cache)
  const server = await startServer()
  const { apiUrl, metricsToken } = server.addresses
  const { key: apiKey } = await server.ask<{ key: string }>('POST', '/v1/api-keys', {
    label: 'Prometheus',
    scopes: ['fleet:read'],
  })
  const notifications = await startReceiver()
  const webhook = await startVerifyingReceiver()
  const mail = await startMailServer()
  const alertmanager = await startAlertmanager(programs.alertmanager, folder, notifications.url)
  const prometheus = await startPrometheus(programs.prometheus, folder, {
    apiUrl,
    metricsToken,
    apiKey,
    alertmanagerUrl: alertmanager.url,
  })
  console.log(`- everything runs (${seconds(begun)})`)
  return { programs, server, prometheus, alertmanager, notifications, webhook, mail }
}

atEnd(() => rmSync(folder, { recursive: true, force: true }))
try {
  const lane = await startLane()
  for (const { name, run } of steps) {
    const started = Date.now()
    try {
      if (started - begun > timeMs) throw new Error('not run: no time is left')
      await run(lane)
      passed += 1
      console.log(`ok     ${name} (${seconds(started)})`)
    } catch (error) {
      fail(`${name} (${seconds(started)})`, error)
    }
  }
} catch (error) {
  fail('the interop lane', error)
}
await end()
