import type { HostReport, ReportPatch, ReportSource } from '@graftwatch/contract'
import { aPatch } from '../../../packages/contract/test/a-report.ts'
import { capturedReport } from './captured-report.ts'
import { expect, expectAccessibleInBothThemes, test } from './fixtures.ts'
import { heldFor, ReportingHost } from './reporting-host.ts'
import { sessionFile } from './stack.ts'

test.use({ storageState: sessionFile })

const ago = (seconds: number): string => new Date(Date.now() - seconds * 1000).toISOString()
const ok = (name: ReportSource['name'], fields: Partial<ReportSource> = {}): ReportSource => ({
  name,
  status: 'ok',
  durationMs: 2,
  ...fields,
})
const absent = (name: ReportSource['name']): ReportSource => ({ name, status: 'absent', durationMs: 0 })
const patch = (fields: Partial<ReportPatch>): ReportPatch =>
  aPatch({ replace: null, stackOrder: null, srcVersion: null, objects: [], ...fields })

/** A quiet host, as a real agent read one. */
const quiet = (): HostReport => capturedReport('none', '00-no-patch')

async function reporting(hostname: string, changes: Partial<HostReport>, captured = quiet()) {
  const host = await ReportingHost.enroll(hostname)
  await host.report(captured, changes)
  return host
}

test('Ksplice applies at once: no strip, what runs, each update in its own words', async ({ page }) => {
  const updates = [
    ['lylzl1sj', 'Known exploit detection for CVE-2017-7308.', []],
    ['jcfl6cfs', 'CVE-2021-29154: Code execution in eBPF JIT compiler.', ['CVE-2021-29154']],
  ] as const
  const report = quiet()
  const host = await reporting(
    'ol7-9',
    {
      sources: [
        absent('klp'),
        ok('ksplice', {
          claims: updates.map(([id, title]) => ({ patch: `ksplice_${id}`, state: 'applied', raw: title })),
          verdict: { value: 'update-available', raw: 'Plan: 2 to install', checkedAt: ago(7200) },
        }),
      ],
      patches: updates.map(([id, , cves]) =>
        patch({ mechanism: 'ksplice', manager: 'uptrack', name: `ksplice_${id}`, cves: [...cves] }),
      ),
    },
    { ...report, kernel: { ...report.kernel, effectiveRelease: '4.14.35-2047.503.1.el7uek' } },
  )
  await page.goto(`/hosts/${host.id}`)
  await expect(page.getByText('2 patches of ksplice are on.')).toContainText('no transition to watch')
  await expect(page.locator('[data-transition]')).toHaveCount(0)
  await expect(page.getByRole('img', { name: /tasks/ })).toHaveCount(0)
  await expect(page.getByRole('definition').filter({ hasText: '4.14.35-2047.503.1.el7uek' })).toBeVisible()
  const patches = page.getByRole('region', { name: 'Patches' })
  const detection = patches.getByRole('listitem').filter({ hasText: 'ksplice_lylzl1sj' })
  await expect(detection).toContainText('Known exploit detection for CVE-2017-7308.')
  await expect(detection).toContainText('Fixes no CVE.')
  const sources = page.getByRole('region', { name: 'Sources' })
  await expect(sources).toContainText('Says that it has a newer patch.')
  await expect(sources).toContainText('Plan: 2 to install')
  await expect(sources).toContainText('It asked its vendor 2 h ago.')
  await expect(sources).toContainText('Not on this host: klp')
  await expect(page.getByRole('list', { name: 'Flags' })).toContainText('behind')
  await expectAccessibleInBothThemes(page)
})

test('a refused KernelCare update is failed, with the reason it gave', async ({ page }) => {
  const failure = 'Unable to apply patch: 3 threads could not be frozen'
  const host = await reporting('kcare-9', {
    sources: [
      absent('klp'),
      ok('kernelcare', { verdict: { value: 'failed', raw: 'exit 1', checkedAt: null } }),
    ],
    patches: [
      patch({
        mechanism: 'kernelcare',
        manager: 'kcarectl',
        name: 'kernelcare',
        state: 'failed',
        enabled: false,
        failure,
      }),
    ],
  })
  await page.goto(`/hosts/${host.id}`)
  await expect(page.getByText('The kernel or the patch tool refused the patch')).toBeVisible()
  await expect(page.getByText(failure)).toHaveCount(2)
  await expect(page.getByText('It does not tell when it asked its vendor.')).toBeVisible()
  await expect(page.locator('[data-transition]')).toHaveCount(0)
  await expectAccessibleInBothThemes(page)
})

test('kGraft waits for a kernel thread: the strip, the cause of its own, and no hidden tasks', async ({
  page,
}) => {
  const captured = capturedReport('stuck-user', '01-stuck')
  const held = heldFor(captured, 1500)
  if (!held.transition) throw new Error('This capture has no transition.')
  const { transition } = held
  const host = await reporting(
    'sap-9',
    {
      ...held,
      sources: [absent('klp'), ok('kgraft')],
      patches: captured.patches.map((each) => ({ ...each, mechanism: 'kgraft', manager: 'kgr' })),
      transition: {
        ...transition,
        mechanism: 'kgraft',
        signalsByItself: null,
        blocking: transition.blocking.slice(0, 1).map((task) => ({
          ...task,
          comm: 'hwrng',
          kind: 'kthread',
          state: 'S',
          cause: 'not-at-boundary',
          blockingFunction: null,
          blockingFrame: null,
          stack: ['add_hwgenerator_randomness', 'hwrng_fillfn', 'kthread', 'ret_from_fork'],
        })),
      },
    },
    captured,
  )
  await page.goto(`/hosts/${host.id}`)
  await expect(page.locator('[data-transition="running"]')).toBeVisible()
  await expect(page.getByText('(stuck after 10 min)')).toBeVisible()
  const tasks = page.getByRole('region', { name: 'Blocking tasks' })
  await expect(tasks.getByRole('row', { name: /hwrng/ })).toContainText('asleep in the kernel')
  await expect(
    page.getByText('has not passed the point of its loop at which kGraft switches it'),
  ).toBeVisible()
  await expectAccessibleInBothThemes(page)
})

test('a client that contradicts the kernel is not believed, and both words are there', async ({ page }) => {
  const raw = 'CheckState=check-failed State=applied Version=120.1'
  const host = await reporting('cms-9', {
    sources: [
      ok('klp'),
      ok('canonical', {
        claims: [{ patch: 'lkp_Ubuntu_5_15_0_177_187_linux_120', state: 'applied', raw }],
        verdict: { value: 'applied', raw, checkedAt: ago(3 * 86_400) },
      }),
    ],
  })
  await page.goto(`/hosts/${host.id}`)
  await expect(page.getByText('A patch is due for this kernel and is not loaded.')).toBeVisible()
  await expect(page.getByRole('list', { name: 'Flags' })).toContainText('sources disagree')
  await page.getByRole('link', { name: 'sources', exact: true }).click()
  await expect(page.getByRole('region', { name: 'Sources' })).toContainText(
    'lkp_Ubuntu_5_15_0_177_187_linux_120: applied',
  )
  await expectAccessibleInBothThemes(page)
})

test('what its agent kept of an attempt that gave up is there after it is gone, and why another was refused', async ({
  page,
}) => {
  const captured = capturedReport('stuck-user', '01-stuck')
  const kept = (captured.transition?.blocking ?? []).map((task) => ({ ...task, firstSeenAt: ago(580) }))
  const failure = 'livepatch: module verification failed: signature and/or required key missing'
  const host = await reporting('kvm-90', {})
  await host.report(quiet(), {
    attempts: [
      {
        patch: 'kpatch_9',
        direction: 'patching',
        startedAt: ago(600),
        endedAt: ago(524),
        outcome: 'reversed',
        blocking: kept,
      },
      {
        patch: 'kpatch_9',
        direction: 'patching',
        startedAt: ago(300),
        endedAt: ago(299),
        outcome: 'refused',
        failure,
      },
    ],
  })
  await page.goto(`/hosts/${host.id}`)
  const attempts = page.getByRole('region', { name: 'Attempts' })
  await expect(attempts).toContainText(failure)
  await expect(attempts).toContainText(`Last held by ${kept[0]?.comm}`)
  await expectAccessibleInBothThemes(page)
  await page.goto(`/hosts/${host.id}/attempts/1`)
  await expect(page.getByText(kept[0]?.stack?.[0] ?? 'no stack was captured').first()).toBeVisible()
})

test('what the agent may not read, what it had to drop, what is left over and what a reboot would lose', async ({
  page,
}) => {
  const report = quiet()
  const { release } = report.kernel
  const host = await reporting(
    'blind-9',
    {
      agent: {
        ...report.agent,
        level: 'progress',
        dropped: 4711,
        missingCapabilities: ['CAP_SYS_ADMIN', 'CAP_SYSLOG'],
      },
      sources: [
        ok('klp'),
        { ...absent('kernel-log'), status: 'failed', reason: 'EPERM: needs CAP_SYSLOG' },
        ok('packages'),
      ],
      patches: [
        patch({ name: 'livepatch_12', cves: ['CVE-2026-23111'] }),
        patch({ name: 'livepatch_11', state: 'leftover', enabled: null, refCount: 2 }),
        patch({ name: 'livepatch_10', state: 'leftover', enabled: null, refCount: 0 }),
      ],
      available: [
        {
          package: 'kernel-livepatch-13',
          version: '13-1',
          forKernel: release,
          patch: 'livepatch_13',
          cves: ['CVE-2026-31431'],
        },
      ],
      reboot: {
        pending: true,
        reason: `6.99.0 is installed; ${release} runs.`,
        installedKernel: '6.99.0',
        fixesLost: ['CVE-2026-23111'],
      },
    },
    report,
  )
  await page.goto(`/hosts/${host.id}`)
  const agent = page.getByRole('region', { name: 'Agent' })
  await expect(agent).toContainText('4,711 reports')
  await expect(agent).toContainText('CAP_SYS_ADMIN')
  await expect(agent).toContainText('the stacks of tasks')
  await expect(page.getByRole('region', { name: 'Sources' })).toContainText(
    'prints the line that grants the missing right',
  )
  const patches = page.getByRole('region', { name: 'Patches' })
  await expect(patches).toContainText('in use 2 times: it cannot be removed until a reboot')
  await expect(patches).toContainText('not in use and can be removed')
  await expect(patches.getByRole('heading', { name: 'On disk, not loaded' })).toBeVisible()
  const kernel = page.getByRole('region', { name: 'Kernel' })
  await expect(kernel).toContainText('6.99.0 is installed')
  await kernel.getByText('1 fix', { exact: true }).click()
  await expect(kernel.getByText('CVE-2026-23111')).toBeVisible()
  const flags = page.getByRole('list', { name: 'Flags' })
  for (const word of ['blind', 'reboot pending', 'reboot would regress'])
    await expect(flags).toContainText(word)
  await expectAccessibleInBothThemes(page)
  await page.setViewportSize({ width: 390, height: 844 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)

  await page.setViewportSize({ width: 1440, height: 900 })
  await page.goto('/')
  const rights = page.getByRole('table', { name: 'Hosts by the rights of their agent' })
  await expect(rights.getByRole('row', { name: /^blind/ })).toBeVisible()
  await expectAccessibleInBothThemes(page)
  await rights
    .getByRole('row', { name: /^progress/ })
    .getByRole('link')
    .click()
  await expect(page).toHaveURL(/\/hosts\?level=progress$/)
  await expect(page.getByRole('link', { name: 'blind-9' })).toBeVisible()
})
