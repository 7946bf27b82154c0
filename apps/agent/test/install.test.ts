import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'

const script = readFileSync(fileURLToPath(new URL('../packaging/install.sh', import.meta.url)), 'utf8')
/** Run as root the script would write where this machine boots from if it ever forgot the prefix; as nobody it cannot. */
const nobody = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined
const folder = mkdtempSync(join(tmpdir(), 'graftwatch-install-'))
const programs = join(folder, 'bin')
const served = join(folder, 'served')
const prefix = join(folder, 'image')
const calls = join(folder, 'calls')
const bundle = '// the agent\n'

/** Stand-ins for what would touch this machine or the network; they write down how they were called. */
const stubs = {
  id: 'echo 0',
  uname: 'echo Linux',
  node: 'case "$1" in -p) echo 18 ;; *) echo v18.0.0 ;; esac',
  systemctl: `echo "systemctl $*" >>'${calls}'`,
  curl: `echo "curl $*" >>'${calls}'
while [ $# -gt 1 ]; do [ "$1" = -o ] && out=$2; shift; done
cp '${served}'/"\${1##*/}" "$out"`,
}

const settings = join(prefix, 'etc/graftwatch-agent.env')
const installed = join(prefix, 'usr/local/lib/graftwatch/graftwatch-agent.mjs')

function serve(text: string): void {
  const checksum = createHash('sha256').update(bundle).digest('hex')
  writeFileSync(join(served, 'graftwatch-agent.mjs'), text)
  writeFileSync(join(served, 'graftwatch-agent.mjs.sha256'), `${checksum}  graftwatch-agent.mjs\n`)
}

function install(env: Record<string, string> = {}, args: string[] = []) {
  const { status, stdout, stderr } = spawnSync('sh', ['-s', '--', ...args], {
    ...nobody,
    input: script,
    cwd: folder,
    encoding: 'utf8',
    env: {
      PATH: `${programs}:/usr/bin:/bin`,
      TMPDIR: folder,
      GRAFTWATCH_PREFIX: prefix,
      GRAFTWATCH_URL: 'https://graftwatch.example.com/',
      GRAFTWATCH_TOKEN: 'secret-token',
      ...env,
    },
  })
  return { status, stdout, stderr }
}

function giveAway(path: string): void {
  if (nobody) chownSync(path, nobody.uid, nobody.gid)
}

const called = (): string => (existsSync(calls) ? readFileSync(calls, 'utf8') : '')

beforeEach(() => {
  for (const path of [programs, served, prefix, calls]) rmSync(path, { recursive: true, force: true })
  for (const path of [programs, served, prefix]) mkdirSync(path)
  for (const path of [folder, prefix]) giveAway(path)
  for (const [name, body] of Object.entries(stubs))
    writeFileSync(join(programs, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 })
  serve(bundle)
})
afterAll(() => rmSync(folder, { recursive: true }))

describe('install.sh', () => {
  test('is a script that sh can read', () => {
    expect(spawnSync('sh', ['-n'], { input: script }).status).toBe(0)
  })

  test('installs what has the right checksum, with settings for root alone', () => {
    const { status, stdout, stderr } = install({ GRAFTWATCH_LABELS: 'env=prod' })
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
    expect(stdout).toContain(prefix)
    expect(readFileSync(installed, 'utf8')).toBe(bundle)
    expect(readFileSync(settings, 'utf8')).toBe(
      'GRAFTWATCH_URL=https://graftwatch.example.com\nGRAFTWATCH_TOKEN=secret-token\nGRAFTWATCH_LABELS=env=prod\n',
    )
    expect(statSync(settings).mode & 0o777).toBe(0o600)
    const unit = readFileSync(join(prefix, 'etc/systemd/system/graftwatch-agent.service'), 'utf8')
    expect(unit).toContain('ExecStart=/usr/local/bin/graftwatch-agent run\n')
    expect(unit).not.toContain(prefix)
    expect(called()).not.toContain('secret-token')
    expect(called().match(/^systemctl .*/gm)).toEqual([
      `systemctl --root=${prefix} enable graftwatch-agent.service`,
    ])
  })

  test('settings that all could read are for root alone after it ran again', () => {
    mkdirSync(join(prefix, 'etc'))
    giveAway(join(prefix, 'etc'))
    writeFileSync(settings, 'GRAFTWATCH_URL=https://graftwatch.example.com\n')
    chmodSync(settings, 0o644)
    expect(install().status).toBe(0)
    expect(statSync(settings).mode & 0o777).toBe(0o600)
  })

  test('a wrong checksum installs nothing', () => {
    serve('// another agent\n')
    const { status, stderr } = install()
    expect(status).toBe(1)
    expect(stderr).toContain('checksum does not match; nothing was installed')
    expect(existsSync(join(prefix, 'usr'))).toBe(false)
    expect(existsSync(settings)).toBe(false)
  })

  test.each([
    'http://graftwatch.example.com',
    'http://localhost.example.com',
    'http://localhost:1@example.com',
    'http://127.0.0.1@example.com',
    'http://127.0.0.1.example.com:80/',
    'http://[::1]:x',
    'http://example.com?/localhost',
  ])('%s is refused before anything is fetched, and it says why', (url) => {
    const { status, stderr } = install({ GRAFTWATCH_URL: url })
    expect(status).toBe(1)
    expect(stderr).toMatch(/not https.*TLS.*GRAFTWATCH_ALLOW_HTTP=1/)
    expect(called()).toBe('')
  })

  test.each(['http://127.0.0.1:3000', 'http://localhost', 'http://localhost:3000/', 'http://[::1]:3000'])(
    '%s stays on this host and is taken',
    (url) => {
      expect(install({ GRAFTWATCH_URL: url })).toMatchObject({ status: 0, stderr: '' })
    },
  )

  test('http is taken when it is asked for', () => {
    const env = { GRAFTWATCH_URL: 'http://graftwatch.example.com', GRAFTWATCH_ALLOW_HTTP: '1' }
    expect(install(env)).toMatchObject({ status: 0, stderr: '' })
  })

  test.each([
    ['GRAFTWATCH_URL', 'ftp://example.com'],
    ['GRAFTWATCH_URL', 'https://example.com/$(id)'],
    ['GRAFTWATCH_TOKEN', 'two\nlines'],
    ['GRAFTWATCH_LABELS', 'a="b"'],
    ['GRAFTWATCH_PREFIX', 'relative'],
    ['GRAFTWATCH_PREFIX', '/nonexistent/prefix'],
  ])('%s=%s is refused', (name, value) => {
    const { status, stderr } = install({ [name]: value })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^graftwatch: GRAFTWATCH_/)
    expect(called()).toBe('')
  })

  test('--remove takes away what it brought, from the prefix only', () => {
    install()
    expect(install({}, ['--remove']).status).toBe(0)
    expect(existsSync(installed)).toBe(false)
    expect(existsSync(settings)).toBe(false)
    expect(called().trim().split('\n').at(-1)).toBe(
      `systemctl --root=${prefix} disable graftwatch-agent.service`,
    )
  })
})
