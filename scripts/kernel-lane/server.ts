import { randomBytes } from 'node:crypto'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type HostDetail, hostDetail, hostTimeline } from '@graftwatch/contract/api/host'
import { migrate, startEmbedded } from '@graftwatch/db'
import { buildApp } from '../../apps/api/src/app.ts'

/** A real API on a real PostgreSQL, which the agents inside the guests report to over HTTP. */
export interface Server {
  port: number
  enrollmentToken: string
  /** The host of that name as its page would show it; null before it enrolled. */
  host(hostname: string): Promise<HostDetail | null>
  /** Sets labels of a host as an operator. */
  label(id: string, set: Record<string, string>): Promise<void>
  /** Kinds of its newest events, oldest first. */
  eventKinds(id: string): Promise<string[]>
  stop(): Promise<void>
}

const baseUrl = 'http://localhost'
const admin = { email: 'lane@example.com', password: randomBytes(12).toString('hex') }

export async function startServer(): Promise<Server> {
  const dataDir = mkdtempSync(join(tmpdir(), 'graftwatch-kernel-'))
  // The database of a root user runs as somebody else, who has to get through.
  chmodSync(dataDir, 0o711)
  const database = await startEmbedded({ dataDir })
  await migrate(database.config)
  const enrollmentToken = randomBytes(24).toString('hex')
  const app = await buildApp({
    database: database.config,
    host: '127.0.0.1',
    port: 0,
    baseUrl,
    trustedOrigins: [baseUrl],
    secret: randomBytes(32).toString('hex'),
    admin,
    setupCode: null,
    sweeps: true,
    metricsToken: null,
    retention: { eventDays: 400, sampleDays: 400 },
    tokens: [{ token: enrollmentToken, label: 'kernel lane', demo: false }],
    logLevel: 'warn',
  })
  await app.listen({ host: '127.0.0.1', port: 0 })
  const signedIn = await app.inject({
    method: 'POST',
    url: '/v1/auth/sign-in/email',
    payload: admin,
    headers: { origin: baseUrl },
  })
  const cookie = [signedIn.headers['set-cookie'] ?? []]
    .flat()
    .map((part) => part.split(';')[0])
    .join('; ')
  const read = async (url: string): Promise<unknown> => {
    const answer = await app.inject({ url, headers: { cookie } })
    if (answer.statusCode !== 200) throw new Error(`${url} answered ${answer.statusCode}: ${answer.body}`)
    return answer.json()
  }
  return {
    port: (app.server.address() as AddressInfo).port,
    enrollmentToken,
    async host(hostname) {
      const { items } = (await read(`/v1/hosts?q=${hostname}`)) as {
        items: { id: string; hostname: string }[]
      }
      const found = items.find((item) => item.hostname === hostname)
      return found ? hostDetail.parse(await read(`/v1/hosts/${found.id}`)) : null
    },
    async label(id, set) {
      const answer = await app.inject({
        method: 'POST',
        url: '/v1/hosts/labels',
        headers: { cookie, origin: baseUrl },
        payload: { hosts: { ids: [id] }, set },
      })
      if (answer.statusCode !== 200)
        throw new Error(`labels were answered ${answer.statusCode}: ${answer.body}`)
    },
    async eventKinds(id) {
      const { items } = hostTimeline.parse(await read(`/v1/hosts/${id}/timeline`))
      return items.map(({ kind }) => kind).reverse()
    },
    async stop() {
      await app.close()
      await database.remove()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
