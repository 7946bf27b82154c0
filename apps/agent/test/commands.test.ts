import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { hostReport } from '@graftwatch/contract/report'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { unpackCaptures } from './captures.ts'
import { calm, startServer } from './fake-server.ts'

const agentFolder = fileURLToPath(new URL('..', import.meta.url))
const source = join(agentFolder, 'src/entry.ts')
const folder = mkdtempSync(join(tmpdir(), 'graftwatch-bundle-'))
const bundle = join(folder, 'graftwatch-agent.mjs')
const captures = unpackCaptures(['stuck-user'])
const stuck = join(captures.folder, 'stuck-user/snapshots/01-stuck/root')

afterAll(() => {
  captures.remove()
  rmSync(folder, { recursive: true })
})

interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs a command line to its end, with no environment but the one given. */
function runToEnd(file: string, args: string[], env: Record<string, string> = {}): Promise<Ended> {
  return new Promise((done) => {
    const child: ChildProcess = execFile(
      process.execPath,
      [file, ...args],
      { env, maxBuffer: 1e8 },
      (_error, stdout, stderr) => done({ code: child.exitCode, stdout, stderr }),
    )
  })
}

describe('the bundle', () => {
  beforeAll(async () => {
    const built = await runToEnd(join(agentFolder, 'build.mjs'), [bundle], { PATH: process.env.PATH ?? '' })
    expect(built).toMatchObject({ code: 0, stderr: '' })
  }, 60_000)

  test('is one file below 300 kB that needs nothing but Node', () => {
    const text = readFileSync(bundle, 'utf8')
    expect(readdirSync(folder).sort()).toEqual(['graftwatch-agent.mjs', 'graftwatch-agent.mjs.sha256'])
    expect(Buffer.byteLength(text)).toBeLessThan(300_000)
    expect(text.startsWith('#!/usr/bin/env node\n')).toBe(true)
    const needed = [...text.matchAll(/\b(?:from|import|require)\s*\(?\s*["']([^"']+)["']/g)]
    expect(needed.length).toBeGreaterThan(0)
    expect(needed.map(([, name]) => name).filter((name) => !name?.startsWith('node:'))).toEqual([])
    expect(text).not.toMatch(/\btoWellFormed\b|\btoSorted\b|__AGENT_VERSION__/)
    // Else Node keeps each character of it in two bytes.
    expect(text).toMatch(/^[\0-\x7f]*$/)
  })

  test('comes with its checksum, and is built to the same bytes again', async () => {
    const first = readFileSync(bundle)
    expect(readFileSync(`${bundle}.sha256`, 'utf8')).toBe(
      `${createHash('sha256').update(first).digest('hex')}  graftwatch-agent.mjs\n`,
    )
    const again = join(folder, 'again', 'graftwatch-agent.mjs')
    await runToEnd(join(agentFolder, 'build.mjs'), [again], { PATH: process.env.PATH ?? '' })
    expect(readFileSync(again).equals(first)).toBe(true)
    rmSync(join(folder, 'again'), { recursive: true })
  })

  test('prints the version of its package', async () => {
    const { version } = JSON.parse(readFileSync(join(agentFolder, 'package.json'), 'utf8'))
    expect(await runToEnd(bundle, ['--version'])).toEqual({ code: 0, stdout: `${version}\n`, stderr: '' })
  })

  test('loads no part of Node that it does not use', async () => {
    const probe = join(folder, 'probe.cjs')
    const atEnd = `process.on('exit', () => process.stderr.write(process.moduleLoadList.join(';')))`
    writeFileSync(probe, atEnd)
    const { code, stderr } = await runToEnd(bundle, ['snapshot', '--root', stuck], {
      NODE_OPTIONS: `--require ${probe}`,
    })
    rmSync(probe)
    expect(code).toBe(0)
    const loaded = stderr.split(';').map((name) => name.replace('NativeModule ', ''))
    expect(loaded).toContain('_http_client')
    const needless = /undici|http2|webstreams|webcrypto|repl|readline|perf_hooks|child_process|^worker/
    expect(loaded.filter((name) => needless.test(name))).toEqual([])
  })

  test('reads a captured host', async () => {
    const { code, stdout } = await runToEnd(bundle, ['snapshot', '--root', stuck])
    expect(code).toBe(0)
    expect(hostReport.parse(JSON.parse(stdout)).transition?.blocking[0]?.blockingFunction).toBe(
      '__x64_sys_vfork',
    )
  })
})

describe('the command line', () => {
  test('a wrong command, flag or setting is usage, with exit code 2', async () => {
    for (const args of [[], ['frobnicate'], ['snapshot', '--nope'], ['run', 'now']]) {
      const ended = await runToEnd(source, args)
      expect(ended).toMatchObject({ code: 2, stdout: '' })
      expect(ended.stderr).toContain('snapshot [--root DIR]')
    }
    expect(await runToEnd(source, ['run'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('GRAFTWATCH_URL'),
    })
    const labels = await runToEnd(source, ['snapshot', '--root', stuck], { GRAFTWATCH_LABELS: 'oops' })
    expect(labels).toMatchObject({ code: 2, stderr: expect.stringContaining('GRAFTWATCH_LABELS') })
  })

  test('a root that is no host is a failure that says what a root holds', async () => {
    const ended = await runToEnd(source, ['snapshot', '--root', folder])
    expect(ended).toMatchObject({ code: 1, stdout: '', stderr: expect.stringContaining('proc/') })
  })

  test('help is no failure', async () => {
    expect(await runToEnd(source, ['--help'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('doctor'),
    })
  })

  test('doctor names the missing privilege, its cost and the line that grants it', async () => {
    const all = await runToEnd(source, ['doctor', '--root', stuck])
    expect(all.stdout).toContain('ok       universe of tasks (patch_state)')
    const nobody = await runToEnd(source, ['doctor', '--root', stuck.replace(/root$/, 'nobody')])
    expect(nobody.code).toBe(1)
    expect(nobody.stdout).toMatch(/missing {2}universe of tasks .*without counts/)
    expect(nobody.stdout).toMatch(/AmbientCapabilities=.*CAP_DAC_READ_SEARCH/)
  })
})

describe.skipIf(!existsSync('/proc/stat'))('the daemon on this machine', () => {
  test('enrolls by itself, reports, and ends with 0 on SIGTERM', async () => {
    const server = await startServer((request) =>
      request.path === '/v1/enroll' ? { body: { hostId: '1', hostKey: 'k', lastSequence: 41 } } : calm,
    )
    const env = {
      GRAFTWATCH_URL: server.url,
      GRAFTWATCH_TOKEN: 'token',
      GRAFTWATCH_STATE_DIR: mkdtempSync(join(tmpdir(), 'graftwatch-state-')),
    }
    const child = spawn(process.execPath, [source, 'run'], { env, stdio: 'ignore' })
    const ended = once(child, 'exit')
    while (server.received.length < 2) await server.next()
    child.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    const [enrolled, report] = server.received
    expect(enrolled?.body).toMatchObject({ token: 'token' })
    expect(hostReport.parse(report?.body).sequence).toBe(42)
    expect(report?.headers.authorization).toBe('Bearer k')
    await server.close()
    rmSync(env.GRAFTWATCH_STATE_DIR, { recursive: true })
  })

  test('a key from before that the server does not know is replaced, once, when a token is at hand', async () => {
    const server = await startServer(({ path, headers }) => {
      if (path === '/v1/enroll') return { body: { hostId: '1', hostKey: 'new', lastSequence: 0 } }
      return headers.authorization === 'Bearer new'
        ? calm
        : { status: 401, body: { code: 'HOST_KEY_UNKNOWN' } }
    })
    const stateDirectory = mkdtempSync(join(tmpdir(), 'graftwatch-state-'))
    writeFileSync(join(stateDirectory, 'host-key'), JSON.stringify({ hostId: '1', hostKey: 'old' }))
    const env = {
      GRAFTWATCH_URL: server.url,
      GRAFTWATCH_TOKEN: 'token',
      GRAFTWATCH_STATE_DIR: stateDirectory,
    }
    const child = spawn(process.execPath, [source, 'run'], { env, stdio: 'ignore' })
    const ended = once(child, 'exit')
    while (server.received.length < 3) await server.next()
    child.kill('SIGTERM')
    expect(await ended).toEqual([0, null])
    // What was refused under the old key waits in the spool, and goes first.
    const sentWith = server.received.slice(0, 3).map(({ path, headers }) => [path, headers.authorization])
    expect(sentWith).toEqual([
      ['/v1/reports', 'Bearer old'],
      ['/v1/enroll', undefined],
      ['/v1/reports', 'Bearer new'],
    ])
    const sent = Date.parse(server.received[2]?.headers.date ?? '')
    expect(Math.abs(sent - Date.now())).toBeLessThan(60_000)
    await server.close()
    rmSync(stateDirectory, { recursive: true })
  })

  test('a host whose key was taken away stays away: over a restart, and with a token at hand', async () => {
    let isRemoved = false
    const server = await startServer(({ path }) => {
      if (path === '/v1/enroll') return { body: { hostId: '1', hostKey: 'new', lastSequence: 0 } }
      return isRemoved ? { status: 401, body: { code: 'HOST_KEY_UNKNOWN' } } : calm
    })
    const stateDirectory = mkdtempSync(join(tmpdir(), 'graftwatch-state-'))
    const env = {
      GRAFTWATCH_URL: server.url,
      GRAFTWATCH_TOKEN: 'token',
      GRAFTWATCH_STATE_DIR: stateDirectory,
    }
    expect(await runToEnd(source, ['once'], env)).toMatchObject({ code: 0 })
    isRemoved = true
    expect(await runToEnd(source, ['run'], env)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('the host was removed'),
    })
    expect(server.received.map(({ path }) => path)).toEqual(['/v1/enroll', '/v1/reports', '/v1/reports'])
    await server.close()
    rmSync(stateDirectory, { recursive: true })
  })

  test('a server that changes the protocol is a failure, and not an end without a word', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {})
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n')
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const stateDirectory = mkdtempSync(join(tmpdir(), 'graftwatch-state-'))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const env = { GRAFTWATCH_TOKEN: 't', GRAFTWATCH_STATE_DIR: stateDirectory }
    expect(await runToEnd(source, ['enroll', '--url', url], env)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('101'),
    })
    server.close()
    rmSync(stateDirectory, { recursive: true })
  })

  test('once reports and ends, with the key that enroll kept', async () => {
    const server = await startServer((request) =>
      request.path === '/v1/enroll' ? { body: { hostId: '1', hostKey: 'k', lastSequence: 41 } } : calm,
    )
    const stateDirectory = mkdtempSync(join(tmpdir(), 'graftwatch-state-'))
    const env = { GRAFTWATCH_STATE_DIR: stateDirectory }
    const enrolled = await runToEnd(source, ['enroll', '--url', server.url], {
      ...env,
      GRAFTWATCH_TOKEN: 't',
    })
    expect(enrolled).toMatchObject({ code: 0, stdout: expect.stringContaining('host 1.') })
    expect(await runToEnd(source, ['once'], { ...env, GRAFTWATCH_URL: server.url })).toMatchObject({
      code: 0,
    })
    expect(server.received.map(({ path }) => path)).toEqual(['/v1/enroll', '/v1/reports'])
    expect(Number(server.received[1]?.body.sequence)).toBeGreaterThan(41)
    await server.close()
    rmSync(stateDirectory, { recursive: true })
  })
})
