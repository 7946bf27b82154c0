import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
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
  uname: 'case "$1" in -m) echo x86_64 ;; *) echo Linux ;; esac',
  node: 'case "$1" in -p) echo 18 ;; *) echo v18.0.0 ;; esac',
  getconf: 'echo glibc 2.36',
  'systemd-sysusers': `echo "systemd-sysusers $*" >>'${calls}'`,
  systemctl: `echo "systemctl $*" >>'${calls}'`,
  curl: `echo "curl $*" >>'${calls}'
while [ $# -gt 1 ]; do [ "$1" = -o ] && out=$2; shift; done
cp '${served}'/"\${1##*/}" "$out"`,
}

const settings = join(prefix, 'etc/graftwatch-agent.env')
const installed = join(prefix, 'usr/local/lib/graftwatch/graftwatch-agent.mjs')

const packaging = fileURLToPath(new URL('../packaging/', import.meta.url))
const texts = {
  ...Object.fromEntries(
    ['graftwatch-agent.service', 'graftwatch-agent.sysusers', 'graftwatch-agent.sh'].map((name) => [
      name,
      readFileSync(`${packaging}${name}`, 'utf8'),
    ]),
  ),
  ...Object.fromEntries(
    ['progress', 'causes', 'full'].map((level) => [
      `graftwatch-agent.${level}.conf`,
      readFileSync(`${packaging}levels/${level}.conf`, 'utf8'),
    ]),
  ),
}
const executable = '#!/bin/sh\necho executable\n'

/** What the server offers, with right checksums; then `changes` are on the wire instead. */
function serve(more: Record<string, string | Buffer> = {}, changes: Record<string, string> = {}): void {
  const files = { ...texts, 'graftwatch-agent.mjs': bundle, ...more }
  for (const [name, content] of Object.entries(files)) writeFileSync(join(served, name), content)
  const sum = (content: string | Buffer) => createHash('sha256').update(content).digest('hex')
  const sums = Object.entries(files).map(([name, content]) => `${sum(content)}  ${name}\n`)
  writeFileSync(join(served, 'SHA256SUMS'), sums.join(''))
  for (const [name, content] of Object.entries(changes)) writeFileSync(join(served, name), content)
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
  serve()
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
    expect(called().match(/^system(ctl|d-sysusers) .*/gm)).toEqual([
      `systemd-sysusers --root=${prefix} graftwatch-agent.conf`,
      `systemctl --root=${prefix} enable graftwatch-agent.service`,
    ])
  })

  test('the level is what was asked for, and causes otherwise', () => {
    const dropIn = join(prefix, 'etc/systemd/system/graftwatch-agent.service.d/10-level.conf')
    install()
    expect(readFileSync(dropIn, 'utf8')).toContain('Level "causes"')
    install({ GRAFTWATCH_LEVEL: 'progress' })
    expect(readFileSync(dropIn, 'utf8')).toContain('Level "progress"')
  })

  test('without Node.js it takes the executable that the server has', () => {
    serve({ 'graftwatch-agent-linux-x64.gz': gzipSync(executable) })
    for (const node of ['exit 127', 'case "$1" in -p) echo 16 ;; *) echo v16.20.2 ;; esac']) {
      writeFileSync(join(programs, 'node'), `#!/bin/sh\n${node}\n`)
      expect(install()).toMatchObject({ status: 0, stderr: '' })
      const program = join(prefix, 'usr/local/lib/graftwatch/graftwatch-agent')
      expect(readFileSync(program, 'utf8')).toBe(executable)
      expect(statSync(program).mode & 0o777).toBe(0o755)
      expect(existsSync(installed)).toBe(false)
    }
    const wrapper = readFileSync(join(prefix, 'usr/local/bin/graftwatch-agent'), 'utf8')
    expect(wrapper).toContain('\nlib=/usr/local/lib/graftwatch\n')
  })

  test.each(['/root/.nvm/node', '/home/ada/bin/node', '/run/user/1000/node'])(
    'Node.js that is %s is none: the service does not see it',
    (path) => {
      writeFileSync(join(programs, 'readlink'), `#!/bin/sh\necho ${path}\n`, { mode: 0o755 })
      expect(install()).toMatchObject({
        status: 1,
        stderr: expect.stringContaining('only one in a home folder'),
      })
      expect(existsSync(settings)).toBe(false)
    },
  )

  test.each([
    ['the server has no executable', 'x86_64', 'glibc 2.36', {}, /npm run package/],
    [
      'the C library is too old',
      'x86_64',
      'glibc 2.27',
      { 'graftwatch-agent-linux-x64.gz': 'x' },
      /glibc 2\.28/,
    ],
    ['the C library is another one', 'x86_64', '', { 'graftwatch-agent-linux-x64.gz': 'x' }, /glibc 2\.28/],
    [
      'the processor has none',
      'ppc64le',
      'glibc 2.36',
      { 'graftwatch-agent-linux-x64.gz': 'x' },
      /none for ppc64le/,
    ],
    [
      'its checksum is wrong',
      'x86_64',
      'glibc 2.36',
      { 'graftwatch-agent-linux-x64.gz': 'x' },
      /does not match/,
    ],
  ])(
    'without Node.js, where %s, it refuses, says what to do and installs nothing',
    (_why, machine, libc, more, says) => {
      serve(more, { 'graftwatch-agent-linux-x64.gz': 'y' })
      for (const [name, body] of Object.entries({
        node: 'case "$1" in -p) echo 16 ;; *) echo v16.20.2 ;; esac',
        uname: `case "$1" in -m) echo ${machine} ;; *) echo Linux ;; esac`,
        getconf: `echo ${libc}`,
      }))
        writeFileSync(join(programs, name), `#!/bin/sh\n${body}\n`)
      const { status, stderr } = install()
      expect(status).toBe(1)
      expect(stderr).toMatch(says)
      expect(existsSync(join(prefix, 'usr'))).toBe(false)
      expect(existsSync(settings)).toBe(false)
    },
  )

  test('what a person added to the settings stays when it runs again', () => {
    install()
    appendFileSync(settings, 'GRAFTWATCH_INTERVAL_SECONDS=30\n')
    install({ GRAFTWATCH_LABELS: 'env=prod' })
    expect(readFileSync(settings, 'utf8')).toBe(
      'GRAFTWATCH_URL=https://graftwatch.example.com\nGRAFTWATCH_TOKEN=secret-token\nGRAFTWATCH_LABELS=env=prod\nGRAFTWATCH_INTERVAL_SECONDS=30\n',
    )
  })

  test('run again it keeps labels, and a key without asking for a token; a token given makes it enroll, another server forgets the key', () => {
    const state = join(prefix, 'var/lib/graftwatch-agent')
    install({ GRAFTWATCH_LABELS: 'env=prod' })
    mkdirSync(state, { recursive: true })
    for (const name of ['host-key', 'accepted-key']) writeFileSync(join(state, name), 'x')
    giveAway(state)
    expect(install({ GRAFTWATCH_TOKEN: '' })).toMatchObject({ status: 0, stderr: '' })
    const kept = 'GRAFTWATCH_URL=https://graftwatch.example.com\nGRAFTWATCH_LABELS=env=prod\n'
    expect(readFileSync(settings, 'utf8')).toBe(kept)
    expect(readdirSync(state).sort()).toEqual(['accepted-key', 'host-key'])
    install({ GRAFTWATCH_LABELS: '' })
    expect(readFileSync(settings, 'utf8')).not.toContain('LABELS')
    expect(readdirSync(state)).toEqual(['host-key'])
    install({ GRAFTWATCH_URL: 'https://other.example.com' })
    expect(readdirSync(state)).toEqual([])
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
    serve({}, { 'graftwatch-agent.mjs': '// another agent\n' })
    const { status, stderr } = install()
    expect(status).toBe(1)
    expect(stderr).toMatch(/checksum of graftwatch-agent\.mjs does not match; nothing was installed/)
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
    ['GRAFTWATCH_LEVEL', 'root'],
    ['GRAFTWATCH_FORM', 'zip'],
    ['GRAFTWATCH_PREFIX', 'relative'],
    ['GRAFTWATCH_PREFIX', '/nonexistent/prefix'],
  ])('%s=%s is refused', (name, value) => {
    const { status, stderr } = install({ [name]: value })
    expect(status).toBe(1)
    expect(stderr).toMatch(/^graftwatch: GRAFTWATCH_/)
    expect(called()).toBe('')
  })

  test('a command by hand has the settings of the file as they stand there, and runs nothing of it', () => {
    const file = join(folder, 'by-hand.env')
    const lines = [
      '# one',
      'GRAFTWATCH_URL="https://x.test"',
      'A=$(touch ran) `id` $HOME',
      "B='q'",
      '; touch ran',
      'C=d e',
    ]
    writeFileSync(file, lines.join('\n'))
    writeFileSync(join(programs, 'graftwatch-agent'), '#!/bin/sh\nenv\n', { mode: 0o755 })
    const wrapper = texts['graftwatch-agent.sh']
      ?.replace(/^settings=.*/m, `settings=${file}`)
      .replace(/^lib=.*/m, `lib=${programs}`)
    const { stdout, stderr } = spawnSync('sh', ['-s'], {
      input: wrapper,
      cwd: folder,
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin' },
    })
    expect(stderr).toBe('')
    expect(stdout.split('\n')).toEqual(
      expect.arrayContaining(['GRAFTWATCH_URL=https://x.test', 'A=$(touch ran) `id` $HOME', 'B=q', 'C=d e']),
    )
    expect(existsSync(join(folder, 'ran'))).toBe(false)
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
