import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../apps/web/e2e/free-port.ts'
import { root } from '../supervisor/settings.ts'
import { startChild } from './child.ts'
import { until } from './until.ts'

export const rulesFile = join(root, 'docs/prometheus/graftwatch.rules.yml')

interface Series {
  metric: Record<string, string>
  value: [number, string]
}

export interface Target {
  labels: Record<string, string>
  discoveredLabels: Record<string, string>
  scrapePool: string
  health: string
  lastError: string
}

export interface Prometheus {
  url: string
  /** An instant query. Throws what Prometheus says is wrong with it. */
  query(expression: string): Promise<Series[]>
  targets(): Promise<Target[]>
  /** State of every rule: `ok`, or what went wrong. */
  rules(): Promise<{ name: string; health: string; lastError?: string; state: string }[]>
}

interface Wiring {
  apiUrl: string
  metricsToken: string
  apiKey: string
  alertmanagerUrl: string
}

/** A real Prometheus, set up as docs/prometheus.md says; only faster. */
export async function startPrometheus(program: string, folder: string, wiring: Wiring): Promise<Prometheus> {
  const home = join(folder, 'prometheus')
  mkdirSync(home)
  const file = (name: string, text: string): string => {
    writeFileSync(join(home, name), text)
    return join(home, name)
  }
  const api = [{ targets: [new URL(wiring.apiUrl).host] }]
  const token = { credentials_file: file('metrics-token', wiring.metricsToken) }
  const config = {
    global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
    rule_files: [rulesFile],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [new URL(wiring.alertmanagerUrl).host] }] }] },
    scrape_configs: [
      { job_name: 'graftwatch', authorization: token, static_configs: api },
      { job_name: 'without-token', static_configs: api },
      {
        job_name: 'node',
        http_sd_configs: [
          {
            url: `${wiring.apiUrl}/v1/sd/hosts?selector=env%3Dprod&port=9`,
            refresh_interval: '1s',
            // Prometheus 2.42 leaves the type out unless it is said, here and not in a scrape.
            authorization: { type: 'Bearer', credentials_file: file('api-key', wiring.apiKey) },
          },
        ],
        relabel_configs: [
          { source_labels: ['__meta_graftwatch_label_env'], target_label: 'env' },
          { source_labels: ['__meta_graftwatch_state'], target_label: 'livepatch_state' },
        ],
      },
    ],
  }
  const url = `http://127.0.0.1:${await freePort()}`
  const child = startChild(program, [
    `--config.file=${file('prometheus.yml', JSON.stringify(config))}`,
    `--storage.tsdb.path=${join(home, 'data')}`,
    `--web.listen-address=${new URL(url).host}`,
    // What was due before Alertmanager was found is sent again at once, not in a minute.
    '--rules.alert.resend-delay=1s',
  ])
  await until('Prometheus is ready', async () => (await fetch(`${url}/-/ready`)).ok).catch((error) => {
    throw new Error(`${error.message}\n${child.said()}`)
  })
  const ask = async <Answer>(path: string): Promise<Answer> => {
    const answer = (await (await fetch(`${url}/api/v1/${path}`)).json()) as { data: Answer; error?: string }
    if (answer.error !== undefined) throw new Error(answer.error)
    return answer.data
  }
  return {
    url,
    query: async (expression) =>
      (await ask<{ result: Series[] }>(`query?query=${encodeURIComponent(expression)}`)).result,
    targets: async () => (await ask<{ activeTargets: Target[] }>('targets?state=active')).activeTargets,
    async rules() {
      const { groups } = await ask<{ groups: { rules: Awaited<ReturnType<Prometheus['rules']>> }[] }>('rules')
      return groups.flatMap(({ rules }) => rules)
    },
  }
}
