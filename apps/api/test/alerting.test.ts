import { describe, expect, test } from 'vitest'
import {
  aMigratedReport,
  aMovingReport,
  anEvent,
  aPatch,
  aTask,
} from '../../../packages/contract/test/a-report.ts'
import {
  ago,
  aHost,
  api,
  call,
  change,
  completed,
  detailOf,
  judged,
  listed,
  setUpAlerting,
  startAgain,
  stuck,
  tell,
  writable,
} from './alerting-stage.ts'
import { bootIdOf, enroll } from './api.ts'

/** What fires, when, and when it is over. */
setUpAlerting()

describe('a stuck transition', () => {
  test('is one alert for all hosts of one cause and owner, told once, told of again as it doubles, and over when none is left', async () => {
    const labels = { owner: 'payments' }
    const [first, second, third, other] = [
      await aHost(labels),
      await aHost(labels),
      await aHost(labels),
      await aHost({ owner: 'web' }),
    ]
    await tell(first, stuck(1200), labels)
    expect(await judged()).toMatchObject([
      { kind: 'firing', message: { alert: { hosts: 1, status: 'firing', rule: { name: 'Stuck' } } } },
    ])
    expect(await judged()).toEqual([])
    const [alert] = (await listed('?status=firing')).items
    expect(alert).toMatchObject({
      condition: 'stuck',
      severity: 'ticket',
      labels: { alertname: 'Stuck', owner: 'payments' },
      signature: { comm: 'billing' },
      actNow: { now: false },
      examples: [{ hostname: first.hostname }],
    })
    expect(alert?.summary).toMatch(
      new RegExp(`^${first.hostname} held by one cause: billing in .* · oldest 20 min · patch livepatch_12$`),
    )

    await tell(second, stuck(1000), labels)
    await tell(third, stuck(30), labels)
    // The same cause with another owner is somebody else's alert.
    await tell(other, stuck(1000), { owner: 'web' })
    const more = await judged()
    expect(
      more.map(({ kind, message }) => [kind, message.alert?.labels.owner, message.alert?.hosts]).sort(),
    ).toEqual([
      ['firing', 'web', 1],
      ['updated', 'payments', 2],
    ])
    expect((await detailOf(alert?.id)).notes.map(({ kind }) => kind)).toEqual(['fired', 'grew'])

    await change('Stuck', { keepFiringSeconds: 0 })
    for (const host of [first, second, third, other]) await tell(host, completed(), labels)
    expect(
      (await judged()).map(({ kind, message }) => [kind, message.alert?.status, message.alert?.hosts]).sort(),
    ).toEqual([
      ['resolved', 'resolved', 1],
      ['resolved', 'resolved', 2],
    ])
    expect(await listed('?status=firing')).toMatchObject({ items: [], firing: 0 })
  })

  test('is pending until it is due, and goes without a word when it completes before', async () => {
    const host = await aHost()
    await tell(host, stuck(300))
    expect(await judged()).toEqual([])
    const [pending] = (await listed('?status=pending')).items
    expect(pending).toMatchObject({ status: 'pending', firingAt: null, hosts: 1 })
    const { forSeconds } = await writable('Stuck')
    expect(Date.parse(pending?.dueAt ?? '') - Date.parse(pending?.since ?? '')).toBe(forSeconds * 1000)
    await tell(host, completed())
    expect(await judged()).toEqual([])
    expect((await listed('?status=pending')).items).toEqual([])
  })

  test('waits longer where the kernel wakes nobody by itself', async () => {
    const host = await aHost()
    const slow = stuck(1200)
    await tell(host, {
      ...slow,
      transition: slow.transition && { ...slow.transition, signalsByItself: false },
    })
    expect(await judged()).toEqual([])
    await tell(host, completed())
    await judged()
  })

  test('pages for a critical host only where the patch changes modules, however long it waits', async () => {
    const [plain, withModules] = [await aHost({ tier: 'critical' }), await aHost({ tier: 'critical' })]
    await tell(plain, stuck(3600, 'plain'), { tier: 'critical' })
    const moving = stuck(3600, 'tables')
    const functions = [{ name: 'nf_tables_abort', position: 1 }]
    const objects = [{ name: 'nf_tables', patched: true, loaded: true, functions }]
    await tell(
      withModules,
      {
        ...moving,
        patches: [aPatch(), ...moving.patches.map((patch) => ({ ...patch, name: 'livepatch_nf', objects }))],
        transition: moving.transition && { ...moving.transition, patch: 'livepatch_nf' },
      },
      { tier: 'critical' },
    )
    const fired = (await judged()).filter(({ kind }) => kind === 'firing')
    expect(
      fired.map(({ message }) => [message.alert?.severity, message.alert?.signature?.comm]).sort(),
    ).toEqual([
      ['page', 'tables'],
      ['ticket', 'plain'],
      ['ticket', 'tables'],
    ])
    const rule = await writable('Stuck-critical')
    const tried = await call('POST', '/v1/rules/dry-run', { rule: { ...rule, forSeconds: 0 }, days: 1 })
    expect(tried.json()).toMatchObject({ total: 1, items: [{ examples: [withModules.hostname] }] })
    const refused = await call('POST', '/v1/rules', { ...rule, name: 'Other', condition: 'forced' })
    expect(refused.json()).toMatchObject({ errors: [{ field: '/changesModules' }] })
    await tell(plain, completed())
    await tell(
      withModules,
      aMigratedReport({ patches: [aPatch(), aPatch({ name: 'livepatch_nf', objects })] }),
    )
    await judged()
  })

  test('that was there before anybody looked is shown and tells nobody', async () => {
    const host = { ...(await enroll(api, { hostname: 'baseline-1' })), hostname: 'baseline-1' }
    await tell(host, stuck(90_000))
    expect(await judged()).toEqual([])
    expect((await listed('?status=pending')).items).toMatchObject([
      { hosts: 1, examples: [{ hostname: 'baseline-1' }] },
    ])
    await tell(host, completed())
    await judged()
  })

  test('of a host that falls silent stays, and says from how many there is no word', async () => {
    const host = await aHost()
    await tell(host, stuck(1200, 'silent-one'))
    await judged()
    const [alert] = (await listed('?status=firing')).items
    await api.pool.query(
      `update host set last_state = state, state = 'silent', reason = 'noWord', state_since = now() where id = $1`,
      [host.id],
    )
    expect((await judged()).filter(({ id }) => id === alert?.id)).toEqual([])
    expect((await detailOf(alert?.id)).alert).toMatchObject({ status: 'firing', hosts: 1, silentHosts: 1 })
    // Silence itself is a condition, and not due yet.
    expect((await listed('?status=pending')).items).toMatchObject([{ condition: 'silent' }])
    await tell(host, completed())
    expect((await judged()).map(({ kind }) => kind)).toEqual(['resolved'])
  })

  test('of a host that is removed is over', async () => {
    const host = await aHost()
    await tell(host, stuck(1200, 'removed-one'))
    await judged()
    expect((await call('DELETE', `/v1/hosts/${host.id}`)).statusCode).toBe(200)
    expect((await judged()).map(({ kind }) => kind)).toEqual(['resolved'])
  })
})

describe('other conditions', () => {
  test('a patch that is taken off pages, one that a newer replaced does not', async () => {
    const [off, replaced] = [await aHost(), await aHost()]
    await tell(replaced, aMigratedReport({ patches: [aPatch({ name: 'livepatch_13', replace: true })] }))
    await tell(off, aMigratedReport({ patches: [] }))
    expect((await judged()).map(({ message }) => message.alert)).toMatchObject([
      {
        condition: 'patch-off',
        severity: 'page',
        summary: `livepatch_12 was removed on ${off.hostname}: its fixes are open again`,
        actNow: { now: true },
      },
    ])
    await change('Patch-taken-off', { keepFiringSeconds: 0 })
    await tell(off, aMigratedReport())
    await judged()
  })

  test('a crash within an hour of a load pages for a day, one without a load does not', async () => {
    const [loaded, quiet] = [await aHost(), await aHost()]
    const oops = (at: string) => ({ ...completed(), events: [anEvent({ kind: 'oops', at, patch: null })] })
    await tell(quiet, oops(ago(1)))
    await tell(loaded, stuck(60, 'crashing'))
    await tell(loaded, oops(ago(0)))
    const alerts = (await judged()).map(({ message }) => message.alert)
    expect(alerts).toMatchObject([
      { condition: 'crash', severity: 'page', examples: [{ hostname: loaded.hostname }] },
    ])
    await tell(loaded, completed())
    expect(await judged()).toEqual([])
    await api.pool.query(`update alert_host set ends_at = now() where ends_at is not null`)
    await change('Crash-after-load', { keepFiringSeconds: 0 })
    expect((await judged()).map(({ kind }) => kind)).toEqual(['resolved'])
  })

  test('forced stays for the boot, and a demo host has alerts of its own', async () => {
    const host = await aHost({}, 'test-demo-token-123')
    await tell(host, {
      ...aMigratedReport(),
      events: [anEvent({ kind: 'forced', at: ago(1), patch: 'livepatch_12' })],
    })
    expect((await judged()).map(({ message }) => message.alert)).toMatchObject([
      { condition: 'forced', demo: true },
    ])
    expect(bootIdOf(host)).not.toBe('')
  })
})

describe('whoever is new is told', () => {
  test('also when another left, and nothing of a silenced one that is already over', async () => {
    await change('Patch-taken-off', { keepFiringSeconds: 3600 })
    const [first, second] = [await aHost(), await aHost()]
    await tell(first, aMigratedReport({ patches: [] }))
    expect((await judged()).map(({ kind }) => kind)).toEqual(['firing'])
    await tell(first, aMigratedReport())
    await judged()
    await tell(second, aMigratedReport({ patches: [] }))
    await judged()
    await api.pool.query(
      `update alert set told_at = told_at - interval '301 s' where status = 'firing' and condition = 'patch-off'`,
    )
    expect((await judged()).map(({ kind, message }) => [kind, message.alert?.examples[0]?.hostname])).toEqual(
      [['updated', second.hostname]],
    )
    await tell(second, aMigratedReport())
    await change('Patch-taken-off', { keepFiringSeconds: 0 })
    await judged()
  })

  test('one of several patches taken off is told though the host stays migrated, and is over when it is on again', async () => {
    const host = await aHost()
    const both = [aPatch({ name: 'livepatch_12' }), aPatch({ name: 'other_1', stackOrder: 2 })]
    await tell(host, aMigratedReport({ patches: both }))
    await judged()
    await tell(host, aMigratedReport({ patches: both.slice(0, 1) }))
    expect((await judged()).map(({ message }) => message.alert)).toMatchObject([
      {
        condition: 'patch-off',
        summary: `other_1 was removed on ${host.hostname}: its fixes are open again`,
      },
    ])
    await tell(host, aMigratedReport({ patches: both }))
    expect((await judged()).map(({ kind }) => kind)).toEqual(['resolved'])
  })

  test('a load that is tried again and again is one alert, whatever holds each try', async () => {
    await change('Load-failed', { keepFiringSeconds: 0 })
    const host = await aHost()
    const kinds: string[] = []
    for (const [index, comm] of ['one', 'two', 'three'].entries()) {
      const begin = 400 - index * 100
      await tell(host, {
        ...aMovingReport({
          startedAt: ago(begin),
          progressAt: ago(begin - 1),
          blocking: [aTask({ comm, firstSeenAt: ago(begin - 1) })],
          remaining: 1,
        }),
      })
      kinds.push(...(await judged()).map(({ kind }) => kind))
      await tell(host, {
        ...aMigratedReport({ patches: [] }),
        attempts: [
          {
            patch: 'livepatch_12',
            direction: 'patching',
            startedAt: ago(begin),
            endedAt: ago(begin - 75),
            outcome: 'reversed',
          },
        ],
      })
      kinds.push(...(await judged()).map(({ kind, message }) => `${kind} ${message.alert?.condition}`))
    }
    expect(kinds.filter((kind) => kind.includes('failed'))).toEqual(['firing failed'])
    await tell(host, aMigratedReport())
    expect((await judged()).map(({ kind, message }) => `${kind} ${message.alert?.condition}`)).toContain(
      'resolved failed',
    )
  })

  test('a patch that goes in a maintenance window is expected, also after it', async () => {
    const window = await call('POST', '/v1/silences', {
      kind: 'maintenance',
      selector: 'window=yes',
      reason: 'replacing the patch',
      endsAt: new Date(Date.now() + 60_000).toISOString(),
    })
    const host = await aHost({ window: 'yes' })
    await tell(host, aMigratedReport({ patches: [] }), { window: 'yes' })
    expect(await judged()).toEqual([])
    await call('POST', `/v1/silences/${window.json().id}/end`)
    startAgain()
    expect(await judged()).toEqual([])
    await tell(host, aMigratedReport(), { window: 'yes' })
    await judged()
  })
})
