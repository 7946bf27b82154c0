import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bundle } from '../packaging/bundle.mjs'
import type { Program } from '../packaging/contents.ts'
import { deb } from '../packaging/deb.ts'
import { executable, pinnedNode } from '../packaging/executable.ts'
import { rpm } from '../packaging/rpm.ts'
import { environment, nodeFlags } from '../packaging/runtime.ts'
import { calm, type FakeServer, startServer } from './fake-server.ts'
import { hasProgram, noThrowawayHost, type ThrowawayHost, throwawayHost } from './throwaway-host.ts'

const facts = { epochSeconds: 1_790_000_000, arch: null } as const
const small: Program = { name: 'graftwatch-agent.mjs', content: Buffer.from('// the agent\n') }

describe('package files', () => {
  test('are the same bytes for the same input, and dated by it', () => {
    for (const pack of [deb, rpm]) {
      const first = pack(small, { ...facts, version: '0.1.0' })
      expect(pack(small, { ...facts, version: '0.1.0' }).content.equals(first.content)).toBe(true)
      expect(pack(small, { ...facts, version: '0.1.1' }).content.equals(first.content)).toBe(false)
    }
  })

  test('a .deb is an ar of a version and two tar files', () => {
    const { name, content } = deb(small, { ...facts, version: '0.1.0' })
    expect(name).toBe('graftwatch-agent_0.1.0_all.deb')
    expect(content.subarray(0, 8).toString()).toBe('!<arch>\n')
    expect(content.subarray(8, 24).toString().trim()).toBe('debian-binary')
    const start = content.indexOf('data.tar.gz') + 60
    const data = gunzipSync(
      content.subarray(start, start + Number(content.subarray(start - 12, start - 2))),
    ).toString('latin1')
    expect(data).toContain('./usr/lib/graftwatch-agent/graftwatch-agent.mjs')
    expect(data.slice(257, 262)).toBe('ustar')
  })

  test('a .rpm has its lead, two headers and a payload', () => {
    const { name, content } = rpm(small, { ...facts, version: '0.1.0' })
    expect(name).toBe('graftwatch-agent-0.1.0-1.noarch.rpm')
    expect(content.readUInt32BE(0)).toBe(0xedabeedb)
    expect(content.readUInt32BE(96)).toBe(0x8eade801)
    const payload = gunzipSync(content.subarray(content.lastIndexOf(Buffer.from([0x1f, 0x8b, 8]))))
    expect(payload.subarray(0, 6).toString()).toBe('070701')
    expect(payload.includes('./usr/bin/graftwatch-agent\0')).toBe(true)
  })
})

const architecture = process.arch === 'x64' || process.arch === 'arm64' ? process.arch : null
const node = process.platform === 'linux' && architecture ? pinnedNode(architecture) : null
const obstacle = noThrowawayHost()
const token = 'secret-token'

const tellHowItRuns = `process.stdout.write(JSON.stringify([process.execArgv, process.env]))`

test.skipIf(process.platform !== 'linux')(
  'the single file is started with what keeps its memory small',
  () => {
    const lib = mkdtempSync(join(tmpdir(), 'graftwatch-lib-'))
    writeFileSync(join(lib, 'graftwatch-agent.mjs'), tellHowItRuns)
    const wrapper = readFileSync(new URL('../packaging/graftwatch-agent.sh', import.meta.url), 'utf8')
    writeFileSync(join(lib, 'start'), wrapper.replace(/^lib=.*$/m, `lib=${lib}`))
    const PATH = `${dirname(process.execPath)}:/usr/bin:/bin`
    const said = execFileSync('sh', [join(lib, 'start'), 'run'], {
      env: { PATH, GRAFTWATCH_URL: 'http://127.0.0.1' },
      encoding: 'utf8',
    })
    rmSync(lib, { recursive: true })
    expect(JSON.parse(said)).toEqual([nodeFlags, expect.objectContaining(environment)])
  },
)

test.skipIf(node === null)('the executable starts itself with them', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'graftwatch-executable-'))
  const { content } = await executable(tellHowItRuns, node ?? '')
  writeFileSync(join(folder, 'agent'), content, { mode: 0o755 })
  const said = execFileSync(join(folder, 'agent'), [], { encoding: 'utf8' })
  rmSync(folder, { recursive: true })
  expect(JSON.parse(said)[0]).toEqual(nodeFlags)
})

/** A server that enrolls and takes reports. */
const aServer = (): Promise<FakeServer> =>
  startServer(({ path }) =>
    path === '/v1/enroll' ? { body: { hostId: '1', hostKey: 'k', lastSequence: 0 } } : calm,
  )

/** As systemd starts it: settings from the file, the user of the service, no other right. */
const asService = (command: string): string =>
  `set -a; . /etc/graftwatch-agent.env; GRAFTWATCH_STATE_DIR=/var/lib/graftwatch-agent
  exec setpriv --reuid=graftwatch --regid=graftwatch --clear-groups --no-new-privs graftwatch-agent ${command}`

async function expectDone(host: ThrowawayHost, command: string): Promise<string> {
  const { code, output } = await host.run(command)
  expect({ command, code, output }).toEqual({ command, code: 0, output })
  return output
}

/** Installed, configured, started, upgraded: the same for every kind of package. */
async function live(host: ThrowawayHost, install: string, upgrade: string): Promise<void> {
  const server = await aServer()
  const settings = join(host.upper, 'etc/graftwatch-agent.env')
  const state = join(host.upper, 'var/lib/graftwatch-agent')
  expect(await expectDone(host, install)).toContain('/etc/graftwatch-agent.env')
  expect(statSync(settings).mode & 0o777).toBe(0o600)
  expect(statSync(state).mode & 0o777).toBe(0o700)
  expect(await expectDone(host, 'graftwatch-agent --version')).toBe('0.1.0\n')

  writeFileSync(settings, `GRAFTWATCH_URL=${server.url}\nGRAFTWATCH_TOKEN=${token}\n`)
  await expectDone(host, asService('once'))
  expect(server.received.map(({ path }) => path)).toEqual(['/v1/enroll', '/v1/reports'])
  const sequence = Number(server.received[1]?.body.sequence)

  await expectDone(host, upgrade)
  expect(readFileSync(settings, 'utf8')).toContain(server.url)
  expect(statSync(settings).mode & 0o777).toBe(0o600)
  await expectDone(host, asService('once'))
  const report = server.received[2]
  expect(server.received).toHaveLength(3)
  expect([report?.path, report?.headers.authorization]).toEqual(['/v1/reports', 'Bearer k'])
  expect(Number(report?.body.sequence)).toBeGreaterThan(sequence)
  await server.close()
}

const accounts = 'getent passwd graftwatch; getent group graftwatch; true'
const leftovers = (host: ThrowawayHost): string[] =>
  host.changed().filter((path) => path.includes('graftwatch'))

describe.skipIf(obstacle !== null || node === null || !hasProgram('dpkg'))(
  `the .deb without Node on a throwaway copy of this machine${obstacle ? ` (${obstacle})` : ''}`,
  () => {
    let host: ThrowawayHost
    beforeAll(async () => {
      host = throwawayHost()
      const inner = (await bundle('cjs')).toString('utf8')
      const { content } = await executable(inner, node ?? '')
      const program: Program = { name: 'graftwatch-agent', content }
      mkdirSync(join(host.upper, 'root'), { mode: 0o700 })
      for (const version of ['0.1.0', '0.1.1'])
        writeFileSync(
          join(host.upper, `root/${version}.deb`),
          deb(program, { ...facts, version, arch: architecture }).content,
        )
    }, 120_000)
    afterAll(() => host.remove())

    test('is installed, reports as its own user, is upgraded with settings and state kept', {
      timeout: 120_000,
    }, async () => {
      await live(host, 'dpkg -i /root/0.1.0.deb', 'dpkg -i /root/0.1.1.deb')
      expect(await expectDone(host, 'dpkg -s graftwatch-agent')).toMatch(
        /^Status: install ok installed$[\s\S]*^Version: 0\.1\.1$/m,
      )
      // Each file as the package has it.
      expect(await expectDone(host, 'dpkg --verify graftwatch-agent')).not.toMatch(/ \/usr/)
    })

    test('removed, it keeps settings and state; purged, nothing is left', { timeout: 60_000 }, async () => {
      await expectDone(host, 'dpkg --remove graftwatch-agent')
      expect(existsSync(join(host.upper, 'usr/bin/graftwatch-agent'))).toBe(false)
      expect(existsSync(join(host.upper, 'etc/graftwatch-agent.env'))).toBe(true)
      expect(existsSync(join(host.upper, 'var/lib/graftwatch-agent/host-key'))).toBe(true)
      await expectDone(host, 'dpkg --purge graftwatch-agent')
      expect(leftovers(host)).toEqual([])
      expect(await expectDone(host, accounts)).toBe('')
    })
  },
)

describe.skipIf(obstacle !== null || !hasProgram('rpm'))(
  `the .rpm of the single file on a throwaway copy of this machine${obstacle ? ` (${obstacle})` : ''}`,
  () => {
    let host: ThrowawayHost
    beforeAll(async () => {
      host = throwawayHost()
      const program: Program = { name: 'graftwatch-agent.mjs', content: await bundle('esm') }
      mkdirSync(join(host.upper, 'root'), { mode: 0o700 })
      mkdirSync(join(host.upper, 'usr/local/bin'), { recursive: true })
      copyFileSync(process.execPath, join(host.upper, 'usr/local/bin/node'))
      for (const version of ['0.1.0', '0.1.1'])
        writeFileSync(join(host.upper, `root/${version}.rpm`), rpm(program, { ...facts, version }).content)
    }, 60_000)
    afterAll(() => host.remove())

    test('its digests are right, and rpm reads what it is', async () => {
      expect(await expectDone(host, 'rpm -K --nosignature /root/0.1.0.rpm')).toContain('digests OK')
      const asked = "rpm -qp --queryformat '%{NVRA} %{LICENSE}' /root/0.1.0.rpm"
      expect(await expectDone(host, asked)).toContain('graftwatch-agent-0.1.0-1.noarch Apache-2.0')
      expect(await expectDone(host, 'rpm -qp --requires /root/0.1.0.rpm')).toContain('nodejs >= 18')
    })

    // --nodeps: rpm's own database is empty where dpkg installs, so that even /bin/sh is unknown to it.
    test('is installed, reports as its own user, is upgraded with settings and state kept', {
      timeout: 60_000,
    }, async () => {
      await live(host, 'rpm -i --nodeps /root/0.1.0.rpm', 'rpm -U --nodeps /root/0.1.1.rpm')
      const changed = await host.run('rpm -V --nodeps graftwatch-agent')
      expect(changed.output).toMatch(/^\S+ +c \/etc\/graftwatch-agent\.env\n$/)
    })

    test('erased, it leaves the settings that a person wrote, as rpm does, and nothing else', async () => {
      await expectDone(host, 'rpm -e --nodeps graftwatch-agent')
      expect(leftovers(host)).toEqual(['/etc/graftwatch-agent.env.rpmsave'])
      expect(await expectDone(host, accounts)).toBe('')
    })
  },
)
