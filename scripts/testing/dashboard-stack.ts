import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { APIRequestContext } from '@playwright/test'
import type { StackAddresses } from '../../apps/web/e2e/stack-process.ts'
import { root } from '../supervisor/settings.ts'

/** PostgreSQL, API and built dashboard of their own, as the browser tests have them; `stop` ends and deletes all of it. */
export interface DashboardStack {
  addresses: StackAddresses
  stop(): Promise<void>
}

export async function startDashboardStack(): Promise<DashboardStack> {
  const child: ChildProcess = spawn(process.execPath, ['apps/web/e2e/stack-process.ts'], {
    cwd: root,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const stop = async () => {
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    await ended
  }
  if (child.stdout)
    for await (const line of createInterface({ input: child.stdout }))
      return { addresses: JSON.parse(line) as StackAddresses, stop }
  throw new Error('the stack ended before it was ready')
}

/** Creates the first admin with the one-time code; the context then carries the session. */
export async function setUpAdmin(request: APIRequestContext, addresses: StackAddresses): Promise<void> {
  const { baseUrl, setupCode } = addresses
  const answer = await request.post(`${baseUrl}/v1/setup`, {
    data: {
      code: setupCode,
      name: 'Ada Lovelace',
      email: 'ada@example.com',
      password: 'correct horse battery staple',
    },
    headers: { origin: baseUrl },
  })
  if (!answer.ok()) throw new Error(`set-up answered ${answer.status()}`)
}
