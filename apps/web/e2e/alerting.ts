import { createPool } from '@graftwatch/db/pool'
import type { APIRequestContext } from '@playwright/test'
import type { WriteRule } from '../src/api/types.ts'
import { capturedReport } from './captured-report.ts'
import { expect } from './fixtures.ts'
import { afterCompletion, heldFor, ReportingHost } from './reporting-host.ts'
import { stack } from './stack.ts'

const origin = () => ({ origin: stack().baseUrl })
const heldSeconds = 1200

const well = capturedReport('none', '00-no-patch')
const stuck = capturedReport('stuck-user', '01-stuck')
const released = capturedReport('stuck-user', '02-released')

/**
 * A rule that fires as soon as {@link stall} is reported and ends at once, in place of the one that comes with the product, so that a
 * stall is one alert. What is due must not be older than the server: of what it could not have heard, hosts get two minutes to say what
 * is so now.
 */
export async function ruleAtOnce(request: APIRequestContext, name: string): Promise<void> {
  const { items } = await (await request.get('/v1/rules')).json()
  const {
    id,
    builtin: _,
    firing: __,
    updatedAt: ___,
    updatedBy: ____,
    ...brought
  } = items.find((rule: { name: string }) => rule.name === 'Stuck')
  const off = await request.put(`/v1/rules/${id}`, {
    data: { ...brought, enabled: false },
    headers: origin(),
  })
  expect(off.ok(), await off.text()).toBe(true)
  if (items.some((rule: { name: string }) => rule.name === name)) return
  const rule: WriteRule = {
    ...brought,
    name,
    enabled: true,
    forSeconds: heldSeconds - 5,
    forWithoutSignalsSeconds: null,
    keepFiringSeconds: 0,
  }
  const made = await request.post('/v1/rules', { data: rule, headers: origin() })
  expect(made.status(), await made.text()).toBe(201)
}

/** A host that was well when it was first looked at, so that what follows is news to alerts. */
export async function watchedHost(hostname: string): Promise<ReportingHost> {
  const host = await ReportingHost.enroll(hostname)
  await host.report(well)
  const pool = createPool({ database: stack().database, applicationName: 'graftwatch-alerts', max: 1 })
  try {
    await expect
      .poll(async () => {
        const { rows } = await pool.query('select from alert_dirty where host_id = $1', [host.id])
        return rows.length
      })
      .toBe(0)
  } finally {
    await pool.end()
  }
  return host
}

/** The host's transition has had no progress for `seconds`. Hosts that the same `comm` holds are one alert. */
export async function stall(host: ReportingHost, comm = 'billing', seconds = heldSeconds): Promise<void> {
  const { transition = null, ...held } = heldFor(stuck, seconds)
  await host.report(stuck, {
    ...held,
    transition: transition && {
      ...transition,
      blocking: transition.blocking.map((task) => ({ ...task, comm })),
    },
  })
}

export async function complete(host: ReportingHost): Promise<void> {
  await host.report(released, afterCompletion(stuck.transition?.patch ?? '', heldSeconds))
}
