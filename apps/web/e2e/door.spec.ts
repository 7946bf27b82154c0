import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { fileURLToPath } from 'node:url'
import { expect, test } from './fixtures.ts'

test('nothing is upgraded: a connection that asks for it is closed', async ({ baseURL }) => {
  const { hostname, port, host } = new URL(baseURL ?? '')
  const socket = connect(Number(port), hostname)
  const closed = once(socket, 'close')
  socket.write(`GET /v1/setup HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`)
  await closed
})

test('a body that the API would refuse for its size is refused before it is sent on', async ({ request }) => {
  const answer = await request.post('/v1/reports', { data: Buffer.alloc(1024 * 1024 + 1, 32) })
  expect(answer.status()).toBe(413)
  expect(await answer.json()).toMatchObject({ code: 'BODY_TOO_LARGE' })
})

test('an address that a browser claims is taken off, unless a proxy of ours stands in front', async () => {
  // What stands behind the dashboard here only says which address it was told.
  const behind = createServer((request, response) => response.end(request.headers['x-forwarded-for'] ?? ''))
  await once(behind.listen(0, '127.0.0.1'), 'listening')
  try {
    expect(await addressToldBy(behind, {})).toBe('127.0.0.1')
    expect(await addressToldBy(behind, { GRAFTWATCH_TRUST_PROXY: '1' })).toBe('192.0.2.7')
  } finally {
    behind.close()
  }
})

async function addressToldBy(behind: Server, env: Record<string, string>): Promise<string> {
  const { port } = behind.address() as AddressInfo
  const door = spawn(
    process.execPath,
    [fileURLToPath(new URL('../server.ts', import.meta.url)), '--port', '0'],
    {
      env: {
        PATH: process.env.PATH,
        NODE_ENV: 'production',
        GRAFTWATCH_API_URL: `http://127.0.0.1:${port}`,
        ...env,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  try {
    const address = await new Promise<string>((resolve) => {
      door.stdout.on('data', (chunk) => {
        const [found] = /http:\S+/.exec(String(chunk)) ?? []
        if (found) resolve(found)
      })
    })
    const answer = await fetch(`${address}/v1/setup`, { headers: { 'x-forwarded-for': '192.0.2.7' } })
    return await answer.text()
  } finally {
    const ended = once(door, 'exit')
    door.kill()
    await ended
  }
}
