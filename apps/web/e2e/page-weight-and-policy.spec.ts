import { gzipSync } from 'node:zlib'
import { expect, test } from './fixtures.ts'
import { sessionFile, stack } from './stack.ts'

test.use({ storageState: sessionFile })

for (const [path, budgetBytes] of [
  ['/', 190_000],
  ['/hosts', 235_000],
] as const)
  test(`script on ${path} stays within its budget`, async ({ page }) => {
    const sizes = new Map<string, number>()
    page.on('response', async (response) => {
      if (response.request().resourceType() !== 'script') return
      sizes.set(response.url(), gzipSync(await response.body()).byteLength)
    })
    await page.goto(path)
    await page.waitForLoadState('load')
    await expect.poll(() => sizes.size).toBeGreaterThan(3)
    const total = [...sizes.values()].reduce((sum, size) => sum + size, 0)
    console.log(`script on ${path}: ${total} bytes gzip in ${sizes.size} files`)
    expect(total).toBeLessThanOrEqual(budgetBytes)
  })

test('every page runs scripts by a nonce of its own only, and is framed by nobody', async ({ request }) => {
  const nonces = new Set<string>()
  for (const path of ['/', '/hosts', '/sign-in', '/setup', '/hosts/999999', '/nowhere']) {
    const answer = await request.get(path)
    const policy = answer.headers()['content-security-policy'] ?? ''
    expect(policy).not.toContain('unsafe-')
    expect(policy).toContain("frame-ancestors 'none'")
    expect(policy).toContain("style-src 'self';")
    const nonce = /'nonce-([^']+)'/.exec(policy)?.[1] ?? ''
    const html = await answer.text()
    const scripts = [...html.matchAll(/<script(?![^>]*nonce=")[^>]*>/g)]
    expect(scripts).toEqual([])
    expect(html).not.toMatch(/<[^>]+ style="/)
    nonces.add(nonce)
    expect(answer.headers()['x-content-type-options']).toBe('nosniff')
    expect(answer.headers()['x-powered-by']).toBeUndefined()
  }
  expect(nonces.size).toBe(6)
})

test('the API answers on the same origin, and its events come unbuffered', async ({ page }) => {
  await page.goto('/')
  expect((await page.request.get('/openapi.json')).ok()).toBe(true)
  expect((await page.request.get('/install.sh')).ok()).toBe(true)
  const first = await page.evaluate(
    () =>
      new Promise<string>((done, fail) => {
        const events = new EventSource('/v1/events')
        events.onmessage = (event) => {
          events.close()
          done(String(event.data))
        }
        setTimeout(() => fail(new Error('no event within 2 s')), 2000)
      }),
  )
  expect(JSON.parse(first)).toEqual({ type: 'resync' })
  expect(stack().baseUrl).toContain('localhost')
})

test('the page says live only while the server speaks, and else from when its data is', async ({ page }) => {
  await page.clock.install()
  await page.goto('/')
  const chip = page.locator('[data-connection]')
  await expect(chip).toHaveText('live')
  // The stream stays open and says nothing for longer than two beats; a new one cannot be had.
  await page.route('**/v1/events', (route) => route.abort())
  await page.clock.fastForward(41_000)
  await expect(chip).toHaveText(/^reconnecting · data from \d\d:\d\d$/)
  await page.unroute('**/v1/events')
  await page.clock.fastForward(20_000)
  await expect(chip).toHaveText('live')
})
