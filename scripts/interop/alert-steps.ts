import assert from 'node:assert/strict'
import type {
  AlertDetail,
  AlertMessage,
  AlertsPage,
  Channel,
  HostReport,
  Rule,
  RulesPage,
} from '@graftwatch/contract'
import { capturedReport } from '../../apps/web/e2e/captured-report.ts'
import { afterCompletion, heldFor, ReportingHost } from '../../apps/web/e2e/reporting-host.ts'
import type { ManagedAlert } from './alertmanager.ts'
import type { Lane, Step } from './step.ts'
import { until } from './until.ts'

const heldSeconds = 150
/** How long after the first report the alert is due: it was held for that much less than the rule says. */
const dueInSeconds = 3
const owner = 'payments'

/** What the agent reads of a captured kernel before and after its one blocking task has gone; read when it is first needed. */
const moments = { stuck: '01-stuck', released: '02-released' }
const read = new Map<string, HostReport>()
function captured(moment: keyof typeof moments): HostReport {
  const report = read.get(moment) ?? capturedReport('stuck-user', moments[moment])
  read.set(moment, report)
  return report
}

const names = ['pay-1', 'pay-2'] as const
const hosts = new Map<string, ReportingHost>()
const hostNamed = (name: string): ReportingHost => {
  const host = hosts.get(name)
  if (!host) throw new Error(`${name} did not enroll`)
  return host
}

/** Two passes of the alert rules that both began after now. */
async function judged({ server }: Lane): Promise<void> {
  const passedAt = async () =>
    Number(/^graftwatch_alerting_last_pass_timestamp_seconds (\S+)$/m.exec(await server.metrics())?.[1])
  for (let after = Date.now() / 1000, pass = 0; pass < 2; pass += 1)
    after = await until('the rules are asked', async () => {
      const at = await passedAt()
      return at > after && at
    })
}

/** Of the alert this is about: what Alertmanager holds, what the receiver verified, what came by mail. */
const managed = async ({ alertmanager }: Lane): Promise<ManagedAlert | undefined> =>
  (await alertmanager.alerts()).find(({ labels }) => labels.alertname === 'Stuck' && labels.owner === owner)
const verified = ({ webhook }: Lane, kind: AlertMessage['kind']) =>
  webhook.taken().filter(({ message }) => message.kind === kind && message.alert?.labels.owner === owner)
const mailed = ({ mail }: Lane, start: string) =>
  mail.taken.filter(({ mail: { subject } }) => subject?.startsWith(start))
/** How Alertmanager told its own receiver of it. */
const handedOn = ({ notifications }: Lane, status: string) =>
  notifications.received
    .map(({ body }) => JSON.parse(body) as { alerts: (ManagedAlert & { status: string })[] })
    .flatMap(({ alerts }) => alerts)
    .filter((alert) => alert.status === status && alert.labels.owner === owner)

async function setRule({ server }: Lane, name: string, changes: Partial<Rule>): Promise<void> {
  const { items } = await server.ask<RulesPage>('GET', '/v1/rules')
  const found = items.find((rule) => rule.name === name)
  if (!found) throw new Error(`there is no rule ${name}`)
  const { id, builtin: _, firing: __, updatedAt: ___, updatedBy: ____, ...rule } = found
  await server.ask('PUT', `/v1/rules/${id}`, { ...rule, ...changes })
}

async function makeChannels({ server, alertmanager, webhook, mail }: Lane): Promise<void> {
  const targets = {
    alertmanager: { type: 'alertmanager', url: alertmanager.url },
    webhook: { type: 'webhook', url: webhook.url, secret: webhook.secret },
    email: {
      type: 'email',
      host: '127.0.0.1',
      port: mail.port,
      security: 'none',
      from: 'graftwatch@example.com',
      to: ['oncall@example.com'],
    },
  }
  await assert.rejects(
    server.ask('POST', '/v1/channels', { name: 'loopback', target: targets.webhook }),
    /answered 400: .*allowPrivate/,
  )
  for (const [name, target] of Object.entries(targets)) {
    const heartbeat = name === 'alertmanager' ? { heartbeatSeconds: 30 } : {}
    const { id } = await server.ask<Channel>('POST', '/v1/channels', {
      name,
      target,
      allowPrivate: true,
      ...heartbeat,
    })
    const tested = await server.ask<{ delivered: boolean; answer: string }>('POST', `/v1/channels/${id}/test`)
    assert.equal(tested.delivered, true, `${name}: ${tested.answer}`)
  }
}

export const alertSteps: Step[] = [
  {
    name: 'channels to real receivers are made only on purpose, and their test arrives',
    async run(lane) {
      await makeChannels(lane)
      await until('the test in Alertmanager', async () =>
        (await lane.alertmanager.alerts()).some(({ labels }) => labels.alertname === 'GraftwatchTest'),
      )
      assert.deepEqual(
        lane.webhook.taken().map(({ message }) => message.kind),
        ['test'],
      )
      const { mail, from, to } = await until('the test by mail', async () => lane.mail.taken[0])
      assert.deepEqual([from, to], ['graftwatch@example.com', ['oncall@example.com']])
      assert.match(mail.subject ?? '', /^Test: /)
    },
  },
  {
    name: "the dead-man's switch of a channel beats in Alertmanager",
    async run({ alertmanager }) {
      const beat = await until('GraftwatchWatchdog', async () =>
        (await alertmanager.alerts()).find(({ labels }) => labels.alertname === 'GraftwatchWatchdog'),
      )
      assert.ok(Date.parse(beat.endsAt) > Date.now(), beat.endsAt)
    },
  },
  {
    name: 'a stuck host fires once its time has come, in Alertmanager, as a signed webhook and as a mail',
    async run(lane) {
      const { server, webhook } = lane
      await setRule(lane, 'Stuck', { forSeconds: heldSeconds + dueInSeconds, keepFiringSeconds: 0 })
      for (const name of names) {
        const host = await ReportingHost.enroll(name, { labels: { owner } })
        await host.report(captured('released'))
        hosts.set(name, host)
      }
      // What a host brings with it fires nothing; what comes from here on is news.
      await judged(lane)
      webhook.failOnce('firing')
      await hostNamed('pay-1').report(captured('stuck'), heldFor(captured('stuck'), heldSeconds))
      const reportedAt = Date.now()

      const alert = await until('the alert in Alertmanager', () => managed(lane))
      assert.ok(Date.now() - reportedAt >= dueInSeconds * 1000 - 1000, 'it fired before its time')
      assert.deepEqual([alert.labels.severity, alert.annotations.hosts], ['ticket', '1'])
      assert.match(alert.annotations.summary ?? '', /pay-1 held by one cause: .*__x64_sys_vfork/)
      assert.match(alert.annotations.description ?? '', /Act now\? No: .*\nFirst safe step: ./)
      const afterDue = Date.now() - reportedAt - dueInSeconds * 1000
      console.log(`- in Alertmanager ${(afterDue / 1000).toFixed(1)} s after it was due`)
      await until('Alertmanager hands it on', async () => handedOn(lane, 'firing')[0])

      const { id, message } = await until('the signed webhook', async () => verified(lane, 'firing')[0])
      // It was answered 500 first: the same message came again, under the same id.
      assert.deepEqual(
        webhook.failed.map((each) => [each.id, each.message.alert?.id]),
        [[id, message.alert?.id]],
      )
      assert.equal(message.alert?.fingerprint, alert.labels.graftwatch_fingerprint)

      const { mail } = await until('the mail', async () => mailed(lane, '[TICKET] Firing: pay-1')[0])
      for (const part of [mail.text, mail.html]) {
        assert.ok(part?.includes(message.alert?.url ?? '/'), part)
        assert.match(part ?? '', /First safe step: /)
      }
      const { deliveries } = await server.ask<AlertDetail>('GET', `/v1/alerts/${message.alert?.id}`)
      assert.deepEqual(
        deliveries
          .map(({ channel, kind, status, attempts }) => [channel.type, kind, status, attempts.length])
          .sort(),
        [
          ['alertmanager', 'firing', 'delivered', 1],
          ['email', 'firing', 'delivered', 1],
          ['webhook', 'firing', 'delivered', 2],
        ],
      )
    },
  },
  {
    name: 'its links open the alert and its hosts',
    async run(lane) {
      const alert = await managed(lane)
      assert.ok(alert)
      assert.ok(alert.generatorURL.startsWith(`${lane.server.addresses.baseUrl}/alerts/`), alert.generatorURL)
      for (const url of [alert.generatorURL, alert.annotations.hosts_url ?? '']) {
        const { status, text } = await lane.server.open(url)
        assert.equal(status, 200, url)
        assert.ok(text.includes('pay-1'), `${url} does not name pay-1`)
      }
    },
  },
  {
    name: 'a second host with the same cause makes it grow, and no second alert',
    async run(lane) {
      const [before] = verified(lane, 'firing')
      await hostNamed('pay-2').report(captured('stuck'), heldFor(captured('stuck'), heldSeconds))
      const alert = await until('two hosts in Alertmanager', async () => {
        const now = await managed(lane)
        return now?.annotations.hosts === '2' && now
      })
      assert.equal(alert.labels.graftwatch_fingerprint, before?.message.alert?.fingerprint)
      const held = (await lane.alertmanager.alerts()).filter(({ labels }) => labels.owner === owner)
      assert.equal(held.length, 1)
      const updated = await until('the webhook', async () => verified(lane, 'updated')[0])
      assert.equal(updated.message.alert?.id, before?.message.alert?.id)
      assert.equal(updated.message.alert?.hosts, 2)
      await until('the mail', async () => mailed(lane, '[TICKET] Updated: 2 hosts')[0])
    },
  },
  {
    name: 'Prometheus counts the alert and what was delivered of it',
    async run({ prometheus }) {
      await until('the alert', async () =>
        (await prometheus.query('graftwatch_alerts_firing{rule="Stuck"}')).some(
          ({ value }) => value[1] === '1',
        ),
      )
      const delivered = await until('deliveries of three types', async () => {
        const found = await prometheus.query(
          'sum by (type) (graftwatch_deliveries_total{result="delivered"}) > 1',
        )
        return found.length === 3 && found
      })
      assert.deepEqual(delivered.map(({ metric }) => metric.type).sort(), [
        'alertmanager',
        'email',
        'webhook',
      ])
      const [failed] = await prometheus.query('sum(graftwatch_deliveries_total{result="failed"})')
      assert.equal(failed?.value[1], '1')
    },
  },
  {
    name: 'it stays while one host is held, and is over everywhere when both are free',
    async run(lane) {
      const free = (name: string) =>
        hostNamed(name).report(
          captured('released'),
          afterCompletion(captured('stuck').transition?.patch ?? '', heldSeconds + 60),
        )
      await free('pay-1')
      await judged(lane)
      const { items } = await lane.server.ask<AlertsPage>('GET', '/v1/alerts?status=firing')
      assert.deepEqual(
        items.filter(({ labels }) => labels.owner === owner).map((alert) => alert.hosts),
        [1],
      )
      await free('pay-2')
      const over = await until('the webhook', async () => verified(lane, 'resolved')[0])
      assert.equal(over.message.alert?.id, verified(lane, 'firing')[0]?.message.alert?.id)
      await until('Alertmanager lets it go', async () => !(await managed(lane)))
      await until('Alertmanager hands on that it is over', async () => handedOn(lane, 'resolved')[0])
      const { mail } = await until('the mail', async () => mailed(lane, '[RESOLVED] ')[0])
      assert.equal(mail.inReplyTo, mailed(lane, '[TICKET] Firing: pay-1')[0]?.mail.inReplyTo)
      assert.equal(verified(lane, 'firing').length, 1, 'it was told twice')
    },
  },
  {
    name: 'a fire drill goes the same way, marked, and ends by itself',
    async run(lane) {
      await lane.server.ask('POST', '/v1/drills', { labels: { owner: 'drill-team' }, seconds: 15 })
      const drilled = async () =>
        (await lane.alertmanager.alerts()).find(({ labels }) => labels.owner === 'drill-team')
      const alert = await until('the drill in Alertmanager', drilled)
      assert.equal(alert.labels.drill, 'true')
      assert.match(alert.annotations.summary ?? '', /^\[FIRE DRILL\] /)
      await until('the mail', async () => mailed(lane, '[TICKET] [FIRE DRILL] Firing')[0])
      await until('a count without it, while it lasts', async () => {
        const counted = await lane.prometheus.query('graftwatch_alerts_firing{rule="Stuck"} == 0')
        return (await drilled()) && counted.length === 1
      })
      await until('it is over', async () => !(await drilled()))
      await until('the mail', async () => mailed(lane, '[RESOLVED] [FIRE DRILL] ')[0])
      const kinds = lane.webhook
        .taken()
        .flatMap(({ message: { alert, kind } }) => (alert?.drill ? [kind] : []))
      assert.deepEqual(kinds, ['firing', 'resolved'])
    },
  },
]
