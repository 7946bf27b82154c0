import assert from 'node:assert/strict'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Overview } from '@graftwatch/contract'
import { capturedReport } from '../../apps/web/e2e/captured-report.ts'
import { heldFor, ReportingHost } from '../../apps/web/e2e/reporting-host.ts'
import { run } from '../debian-packages.ts'
import { root } from '../supervisor/settings.ts'
import { atEnd } from './at-end.ts'
import { rulesFile } from './prometheus.ts'
import type { Lane, Step } from './step.ts'
import { until } from './until.ts'

interface Dashboard {
  panels: { title: string; targets: { expr: string }[] }[]
}
const dashboard = JSON.parse(
  readFileSync(join(root, 'docs/prometheus/grafana-dashboard.json'), 'utf8'),
) as Dashboard

/** As Grafana does before it asks: real hosts of the job. */
const filledIn = (expression: string): string =>
  expression.replaceAll('$job', 'graftwatch').replaceAll('$fleet', '^$').replaceAll('$__rate_interval', '15s')

async function enrollFleet({ server }: Lane): Promise<void> {
  const stuck = capturedReport('stuck-user', '01-stuck')
  for (const name of ['db-1', 'db-2']) {
    const host = await ReportingHost.enroll(name)
    await host.report(stuck, heldFor(stuck, 2820))
  }
  // A name nobody would choose: what a thread is called reaches a label as it is.
  const odd = heldFor(stuck, 2820)
  if (odd.transition) for (const task of odd.transition.blocking) task.comm = 'a "b" \\ c\nd'
  await (await ReportingHost.enroll('db-3')).report(stuck, odd)
  await ReportingHost.enroll('new-1')
  await ReportingHost.enroll('demo-1', { demo: true })
  const { counts } = await server.ask<Overview>('GET', '/v1/overview')
  assert.deepEqual([counts.stuck, counts.unknown], [3, 2])
}

export const prometheusSteps: Step[] = [
  {
    name: 'promtool takes our rules, and their tests pass',
    run({ programs: { promtool } }) {
      run(promtool, ['check', 'rules', '--lint-fatal', rulesFile])
      run(promtool, ['test', 'rules', rulesFile.replace('.rules.yml', '.rules.test.yml')])
    },
  },
  {
    name: 'promtool takes the configuration that docs/prometheus.md shows',
    run({ programs: { promtool } }) {
      const home = mkdtempSync(join(tmpdir(), 'graftwatch-documented-'))
      atEnd(() => rmSync(home, { recursive: true, force: true }))
      const page = readFileSync(join(root, 'docs/prometheus.md'), 'utf8')
      const shown = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text]) => text).join('')
      const secrets = shown.match(/(?<=\/etc\/prometheus\/)[\w-]+/g) ?? []
      assert.equal(secrets.length, 2)
      for (const name of secrets) writeFileSync(join(home, name), 'secret')
      copyFileSync(rulesFile, join(home, 'graftwatch.rules.yml'))
      const file = join(home, 'prometheus.yml')
      writeFileSync(file, shown.replaceAll('/etc/prometheus/', `${home}/`))
      assert.match(run(promtool, ['check', 'config', file]), /rules found/)
    },
  },
  { name: 'hosts enroll and report over HTTP', run: enrollFleet },
  {
    name: 'promtool finds nothing wrong with what /metrics says',
    async run({ programs: { promtool }, server }) {
      const text = await until('the causes are there', async () => {
        const said = await server.metrics()
        return said.includes('comm="a \\"b\\" \\\\ c\\nd"') && said
      })
      run(promtool, ['check', 'metrics'], { input: text })
    },
  },
  {
    name: 'Prometheus scrapes the API with the token, and is refused without it',
    async run({ prometheus }) {
      await until(
        'a good scrape',
        async () => (await prometheus.query('up{job="graftwatch"} == 1')).length === 1,
      )
      const refused = await until('a refused scrape', async () =>
        (await prometheus.targets()).find(
          ({ scrapePool, health }) => scrapePool === 'without-token' && health === 'down',
        ),
      )
      assert.match(refused.lastError, /401/)
    },
  },
  {
    name: 'graftwatch_hosts is the overview, state by state',
    async run({ prometheus, server }) {
      const { counts } = await server.ask<Overview>('GET', '/v1/overview')
      const told = await until('the counts of now', async () => {
        const found = await prometheus.query('sum by (state) (graftwatch_hosts)')
        return found.some(({ metric, value }) => metric.state === 'stuck' && value[1] === '3') && found
      })
      assert.deepEqual(
        Object.fromEntries(told.map(({ metric, value }) => [metric.state, Number(value[1])])),
        counts,
      )
      const [simulated] = await prometheus.query('sum(graftwatch_hosts{demo="true"})')
      assert.equal(simulated?.value[1], '1')
      const [held] = await prometheus.query('sum(graftwatch_blocker_hosts{function="__x64_sys_vfork"})')
      assert.equal(held?.value[1], '3')
    },
  },
  {
    name: 'Prometheus discovers the enrolled hosts, with their labels',
    async run({ prometheus }) {
      const found = await until('four targets', async () => {
        const targets = (await prometheus.targets()).filter(({ scrapePool }) => scrapePool === 'node')
        return targets.length === 4 && targets
      })
      const told = found.map(({ labels }) => `${labels.instance} ${labels.env} ${labels.livepatch_state}`)
      assert.deepEqual(told.toSorted(), [
        'db-1:9 prod stuck',
        'db-2:9 prod stuck',
        'db-3:9 prod stuck',
        'new-1:9 prod unknown',
      ])
      assert.match(found[0]?.discoveredLabels.__meta_graftwatch_host_id ?? '', /^\d+$/)
    },
  },
  {
    name: 'every rule of ours evaluates without an error, and sees the stuck hosts',
    async run({ prometheus }) {
      const rules = await until('all rules are evaluated', async () => {
        const all = await prometheus.rules()
        const stuck = all.find(({ name }) => name === 'GraftwatchHostsStuck')
        return stuck?.state === 'pending' && all.every(({ health }) => health !== 'unknown') && all
      })
      assert.deepEqual(
        rules.filter(({ health }) => health !== 'ok'),
        [],
      )
    },
  },
  {
    name: 'every panel of the Grafana dashboard has an answer',
    async run({ prometheus }) {
      for (const { title, targets } of dashboard.panels)
        for (const { expr } of targets) {
          const expression = filledIn(expr)
          assert.doesNotMatch(expression, /\$\w/, title)
          // What shows only what there is may be empty; a rate needs two scrapes.
          const enough = expression.includes('> 0') ? 0 : 1
          await until(
            `${title}: ${expression}`,
            async () => (await prometheus.query(expression)).length >= enough,
          )
        }
    },
  },
  {
    name: "the watchdog reaches Alertmanager through Prometheus' own delivery",
    async run({ alertmanager }) {
      const watchdog = await until('Watchdog in Alertmanager', async () =>
        (await alertmanager.alerts()).find(({ labels }) => labels.alertname === 'Watchdog'),
      )
      assert.equal(watchdog.labels.severity, 'none')
      assert.match(watchdog.annotations.runbook_url ?? '', /docs\/prometheus\.md#watchdog$/)
    },
  },
]
