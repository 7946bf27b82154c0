import { type HostReport, hostDetail } from '@graftwatch/contract'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anAttempt, anEvent, aPatch, aReport, aTask } from '../../../packages/contract/test/a-report.ts'
import { type Api, enroll, signIn, startApi, store } from './api.ts'

let api: Api
let session: { cookie: string }
const ago = (seconds: number) => new Date(Date.now() - seconds * 1000).toISOString()

beforeAll(async () => {
  api = await startApi()
  session = await signIn(api)
})
afterAll(() => api.close())

/** What the host page gets after these reports of a new host. */
async function shown(hostname: string, ...reports: Partial<HostReport>[]) {
  const host = await enroll(api, { hostname })
  for (const [index, report] of reports.entries())
    await store(api, host, {
      ...aReport(),
      collectedAt: ago(reports.length - index),
      kernel: { ...aReport().kernel, bootId: `boot-of-${hostname}`, bootedAt: ago(90_000) },
      sequence: index + 1,
      ...report,
    })
  const answer = await api.app.inject({ url: `/v1/hosts/${host.id}`, headers: session })
  expect(answer.statusCode, answer.body).toBe(200)
  return hostDetail.parse(answer.json())
}

test('everything a host may say of its mechanisms reaches its page', async () => {
  const verdict = { value: 'update-available' as const, raw: 'kernel=out of date', checkedAt: ago(60) }
  const reboot = {
    pending: true,
    reason: '5.14.0-570 is installed; 5.14.0-427 runs.',
    installedKernel: '5.14.0-570',
    fixesLost: ['CVE-2026-1000'],
  }
  const available = [
    { package: 'kpatch-patch', version: '1-2', forKernel: aReport().kernel.release, patch: null, cves: [] },
  ]
  const detail = await shown('kcare-1', {
    sources: [{ name: 'kernelcare', status: 'ok', durationMs: 3, verdict }],
    patches: [
      aPatch({ mechanism: 'kernelcare', manager: 'kcarectl', name: 'kcare-12', objects: [], refCount: 1 }),
      aPatch({
        mechanism: 'ksplice',
        name: 'ksplice_q1',
        state: 'failed',
        enabled: false,
        failure: 'code_busy',
      }),
    ],
    kernel: {
      ...aReport().kernel,
      bootId: 'boot-kcare-1',
      bootedAt: ago(90_000),
      effectiveRelease: '5.14.0-570.1',
      ftraceEnabled: false,
    },
    agent: { ...aReport().agent, level: 'progress', missingCapabilities: ['CAP_SYS_ADMIN'], dropped: 7 },
    available,
    reboot,
  })
  expect(detail.status.flags).toEqual(['behind', 'rebootPending', 'wouldRegress', 'blind'])
  expect(detail.kernel).toMatchObject({ effectiveRelease: '5.14.0-570.1', ftraceEnabled: false })
  expect(detail.agent).toMatchObject({
    level: 'progress',
    dropped: 7,
    missingCapabilities: ['CAP_SYS_ADMIN'],
  })
  expect(detail.sources).toMatchObject([{ name: 'kernelcare', verdict }])
  expect(detail.patches).toMatchObject([
    { name: 'kcare-12', refCount: 1, failure: null, left: null },
    { name: 'ksplice_q1', refCount: null, failure: 'code_busy' },
  ])
  expect(detail).toMatchObject({ available, reboot })
})

test('a report that says nothing of them leaves them unknown, not empty', async () => {
  const detail = await shown('plain-1', { patches: [aPatch()] })
  expect(detail.kernel).toMatchObject({ effectiveRelease: null, ftraceEnabled: null })
  expect(detail.agent?.missingCapabilities).toBeNull()
  expect(detail.patches).toMatchObject([{ refCount: null, failure: null, left: null }])
})

test('an attempt that ended between two reports has its refusal, and who held it with the stack', async () => {
  const kept = [aTask({ comm: 'vhost-4711', kind: 'kthread', firstSeenAt: ago(280) })]
  const detail = await shown(
    'kvm-1',
    {},
    {
      attempts: [
        anAttempt({ startedAt: ago(300), endedAt: ago(224), blocking: kept }),
        anAttempt({
          startedAt: ago(100),
          endedAt: ago(99),
          outcome: 'refused',
          failure: 'module verification failed',
        }),
      ],
      events: [anEvent({ kind: 'oops', patch: null, at: ago(50) })],
    },
  )
  expect(detail.attempts).toMatchObject([
    { number: 2, outcome: 'refused', failure: 'module verification failed', blockers: [] },
    {
      number: 1,
      outcome: 'reversed',
      failure: null,
      blockers: [{ comm: 'vhost-4711', stack: kept[0]?.stack, blockingFunction: '__x64_sys_vfork' }],
    },
  ])
  const events = await api.app.inject({ url: `/v1/hosts/${detail.id}/timeline`, headers: session })
  expect(events.json().items.map(({ kind }: { kind: string }) => kind)).toContain('oops')
})

test('why a module is left over, where that was seen', async () => {
  const next = aPatch({ name: 'livepatch_13', replace: true })
  const left = aPatch({ state: 'leftover', enabled: null, objects: [], refCount: 2 })
  const unseen = { ...left, name: 'livepatch_9', refCount: 0 }
  const detail = await shown('left-1', { patches: [aPatch()] }, { patches: [next, left, unseen] })
  expect(detail.patches).toMatchObject([
    { name: 'livepatch_13', left: null },
    { name: 'livepatch_12', left: { replacedBy: 'livepatch_13' }, refCount: 2 },
    { name: 'livepatch_9', left: null, refCount: 0 },
  ])
})
