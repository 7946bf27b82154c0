import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { freePort } from '../../apps/web/e2e/free-port.ts'
import { atEnd } from './at-end.ts'
import { startChild } from './child.ts'
import type { Programs } from './programs.ts'
import { until } from './until.ts'

/** An alert as GET /api/v2/alerts of Alertmanager has it: those that have not ended. */
export interface ManagedAlert {
  labels: Record<string, string>
  annotations: Record<string, string>
  startsAt: string
  endsAt: string
  updatedAt: string
  generatorURL: string
  fingerprint: string
}

export interface Alertmanager {
  url: string
  alerts(): Promise<ManagedAlert[]>
}

/** A real Alertmanager that hands every alert on to `receiverUrl` at once, also when it resolves. */
export async function startAlertmanager(
  { command: [program, ...parameters], root }: Programs['alertmanager'],
  folder: string,
  receiverUrl: string,
): Promise<Alertmanager> {
  const config = {
    route: {
      receiver: 'lane',
      group_by: ['...'],
      group_wait: '0s',
      group_interval: '1s',
      repeat_interval: '1h',
    },
    receivers: [{ name: 'lane', webhook_configs: [{ url: receiverUrl, send_resolved: true }] }],
  }
  // Where it finds its files, and where they are for us. Named after a folder that the lane removes.
  const home = join('/tmp', basename(folder), 'alertmanager')
  mkdirSync(join(root, home), { recursive: true })
  atEnd(() => rmSync(join(root, home), { recursive: true, force: true }))
  // YAML takes JSON.
  writeFileSync(join(root, home, 'alertmanager.yml'), JSON.stringify(config))
  const url = `http://127.0.0.1:${await freePort()}`
  const child = startChild(program, [
    ...parameters,
    `--config.file=${home}/alertmanager.yml`,
    `--storage.path=${home}/data`,
    `--web.listen-address=${new URL(url).host}`,
    // Alone: no gossip with others.
    '--cluster.listen-address=',
  ])
  await until('Alertmanager is ready', async () => (await fetch(`${url}/-/ready`)).ok).catch((error) => {
    throw new Error(`${error.message}\n${child.said()}`)
  })
  return {
    url,
    alerts: async () => (await (await fetch(`${url}/api/v2/alerts`)).json()) as ManagedAlert[],
  }
}
