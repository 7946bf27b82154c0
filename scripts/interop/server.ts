import type { StackAddresses } from '../../apps/web/e2e/stack-process.ts'
import { startDashboardStack } from '../testing/dashboard-stack.ts'
import { atEnd } from './at-end.ts'

/** PostgreSQL, API and dashboard as in production, and an admin who asks them. */
export interface Server {
  addresses: StackAddresses
  /** Asks as the admin, through the dashboard's origin. Throws what the answer says when it is a refusal. */
  ask<Answer>(method: string, path: string, body?: unknown): Promise<Answer>
  /** What a browser that is signed in gets of a page: the last answer, after redirects. */
  open(url: string): Promise<{ status: number; text: string }>
  /** GET /metrics as Prometheus reads it. */
  metrics(): Promise<string>
}

const admin = { name: 'Ada Lovelace', email: 'ada@example.com', password: 'correct horse battery staple' }

export async function startServer(): Promise<Server> {
  const { addresses, stop } = await startDashboardStack()
  atEnd(stop)
  const { apiUrl, baseUrl, metricsToken, setupCode } = addresses
  // Hosts of the browser tests find the stack here.
  process.env.GRAFTWATCH_STACK = JSON.stringify(addresses)
  let cookie = ''
  const send = async (method: string, path: string, body?: unknown): Promise<Response> => {
    const answer = await fetch(`${baseUrl}${path}`, {
      method,
      headers: { origin: baseUrl, cookie, ...(body !== undefined && { 'content-type': 'application/json' }) },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`)
    return answer
  }
  const { headers } = await send('POST', '/v1/setup', { code: setupCode, ...admin })
  cookie = headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ')
  return {
    addresses,
    ask: async <Answer>(method: string, path: string, body?: unknown) =>
      (await (await send(method, path, body)).json()) as Answer,
    async open(url) {
      const answer = await fetch(url, { headers: { cookie } })
      return { status: answer.status, text: await answer.text() }
    },
    async metrics() {
      const answer = await fetch(`${apiUrl}/metrics`, {
        headers: { authorization: `Bearer ${metricsToken}` },
      })
      if (!answer.ok) throw new Error(`/metrics answered ${answer.status}`)
      return await answer.text()
    },
  }
}
