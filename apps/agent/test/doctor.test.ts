import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { doctor } from '../src/commands/doctor.ts'
import { hostFiles } from '../src/host-files.ts'
import { runningService } from '../src/service-rights.ts'
import { readSettings } from '../src/settings.ts'
import { startServer } from './fake-server.ts'
import { createTree, patch, task } from './host-tree.ts'

const packaging = fileURLToPath(new URL('../packaging/', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'graftwatch-doctor-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function examine(root: string, environment: Record<string, string> = {}) {
  let printed = ''
  const code = await doctor(readSettings(environment, root), (text) => {
    printed += text
  })
  return { code, printed }
}

/** First words of each line of the table: verdict and what it is about. */
const verdicts = (printed: string): string[] =>
  printed.split('\n').flatMap((line) => line.match(/^(ok|missing|absent) +[a-z ]+/)?.[0]?.trim() ?? [])

describe.skipIf(process.platform !== 'linux' || process.getuid?.() !== 0)('doctor on this machine', () => {
  const bundle = join(folder, 'graftwatch-agent.mjs')
  const node = join(folder, 'node')

  beforeAll(() => {
    // Where an ordinary user may read them; a checkout of root's is closed to others.
    chmodSync(folder, 0o755)
    copyFileSync(process.execPath, node)
    const built = spawnSync(process.execPath, [
      fileURLToPath(new URL('../build.mjs', import.meta.url)),
      bundle,
    ])
    expect(built.status).toBe(0)
  })

  /** Runs it as nobody with what a level's file grants, or with nothing. */
  function asNobody(level?: 'progress' | 'causes' | 'full') {
    const lines = level ? readFileSync(`${packaging}levels/${level}.conf`, 'utf8') : ''
    const names = lines.match(/^AmbientCapabilities=(CAP.*)$/m)?.[1]?.split(' ') ?? []
    const granted = ['-all', ...names.map((name) => `+${name.slice(4).toLowerCase()}`)].join(',')
    const drop = ['--reuid=65534', '--regid=65534', '--clear-groups', '--no-new-privs']
    const sets = ['--inh-caps', '--ambient-caps', '--bounding-set'].map((set) => `${set}=${granted}`)
    const setting = lines.match(/^Environment=(.*)$/m)?.[1]
    const env = Object.fromEntries(setting ? [setting.split('=') as [string, string]] : [])
    return spawnSync('setpriv', [...drop, ...sets, node, bundle, 'doctor'], { encoding: 'utf8', env })
  }
  const asRoot = () => spawnSync(node, [bundle, 'doctor'], { encoding: 'utf8', env: {} })

  test('an ordinary user learns what each missing right costs, and the line that grants it', () => {
    const { status, stdout, stderr } = asNobody()
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' })
    expect(stdout).toMatch(
      /^missing {2}kernel stacks .*E(ACCES|PERM|NOENT)?.*: .*not the function that holds them$/m,
    )
    expect(stdout).toContain('Level of this run: progress')
    expect(stdout).toMatch(/^ {2}AmbientCapabilities=CAP_DAC_READ_SEARCH CAP_SYS_PTRACE CAP_SYS_ADMIN/m)
    expect(stdout).toContain('sudo systemctl edit graftwatch-agent')
  })

  test('what level causes grants lets an ordinary user read all that root reads here', () => {
    const root = asRoot()
    const causes = asNobody('causes')
    expect(verdicts(causes.stdout)).toEqual(verdicts(root.stdout))
    expect(causes.stdout.match(/^Level.*/m)).toEqual(root.stdout.match(/^Level.*/m))
  })

  test('level progress reads the same but for stacks', () => {
    const root = verdicts(asRoot().stdout)
    const progress = verdicts(asNobody('progress').stdout)
    expect(progress).toEqual(
      root.map((line) => line.replace(/^\w+ +kernel stacks/, 'missing  kernel stacks')),
    )
  })

  test('level full also sends command lines, and says so', () => {
    const { stdout } = asNobody('full')
    if (verdicts(stdout).includes('ok       kernel stacks'))
      expect(stdout).toContain('Level of this run: full')
    else expect(stdout).toContain('Level of this run: progress')
    expect(readFileSync(`${packaging}levels/full.conf`, 'utf8')).toContain('GRAFTWATCH_COMMAND_LINES=1')
  })
})

describe('doctor in a tree', () => {
  const host = () =>
    createTree({
      ...patch(1, 0),
      ...task(1, { patchState: '-1' }),
      'proc/1/patch_state': '-1\n',
      'proc/1/stack': '[<0>] do_epoll_wait+0x1/0x2\n',
      'proc/kallsyms': '0000000000000000 A fixed_percpu_data\nffffffff81000000 T _stext\n',
      'dev/kmsg': '',
    })

  test('of a host that can be read whole, all is well', async () => {
    const tree = host()
    const { code, printed } = await examine(tree.root)
    expect(verdicts(printed).every((line) => line.startsWith('ok'))).toBe(true)
    expect(code).toBe(0)
    expect(printed).toContain('Level of this run: causes')
    expect((await examine(tree.root, { GRAFTWATCH_COMMAND_LINES: '1' })).printed).toContain('run: full')
    tree.remove()
  })

  test('of a container: its own processes and no sysfs are told, with what to start it with', async () => {
    const tree = host()
    tree.write({ sys: null, 'dev/kmsg': null, 'proc/self/ns/': '' })
    await symlink('pid:[4026532837]', join(tree.root, 'proc/self/ns/pid'))
    const { code, printed } = await examine(tree.root)
    expect(code).toBe(1)
    expect(printed).toMatch(/^missing {2}patches .*no sysfs here/m)
    expect(printed).toMatch(/^missing {2}tasks of the host .*its own processes alone/m)
    expect(printed).toMatch(/^missing {2}kernel log .*no such device/m)
    expect(printed).toContain('hostPID: true')
    expect(printed).not.toContain('AmbientCapabilities')
    tree.remove()
  })

  test('a process that holds a capability which does not help is not told to get it', async () => {
    const tree = host()
    tree.write({ 'proc/1/stack': null, 'proc/self/status': 'Name:\tnode\nCapEff:\t000001ffffffffff\n' })
    const { printed } = await examine(tree.root)
    expect(printed).toMatch(/^missing {2}kernel stacks/m)
    expect(printed).not.toContain('AmbientCapabilities')
    expect(printed).toContain('a security module or a setting of the kernel')
    tree.write({ 'proc/self/status': 'Name:\tnode\nCapEff:\t0000000400200004\n' })
    expect((await examine(tree.root)).printed).toMatch(/AmbientCapabilities=CAP_SYS_PTRACE$/m)
    tree.remove()
  })

  test('hidepid is named, and kptr_restrict=2 is no matter of capabilities', async () => {
    const tree = host()
    tree.write({
      'proc/1': null,
      'proc/self/mountinfo': '20 1 0:4 / /proc rw,nosuid - proc proc rw,hidepid=invisible\n',
      'proc/kallsyms': '0000000000000000 T _stext\n',
      'proc/sys/kernel/kptr_restrict': '2\n',
    })
    const { printed } = await examine(tree.root)
    expect(printed).toMatch(/^missing {2}tasks of the host .*hidepid=invisible/m)
    expect(printed).toMatch(/^missing {2}addresses .*kptr_restrict is 2/m)
    expect(printed).toMatch(/AmbientCapabilities=.*CAP_SYS_PTRACE/)
    expect(printed).not.toContain('CAP_SYSLOG')
    tree.remove()
  })

  test.each(['sys/fs/cgroup', 'sys/fs/cgroup/systemd'])('the service is found in %s', (hierarchy) => {
    const tree = createTree({
      [`${hierarchy}/system.slice/graftwatch-agent.service/cgroup.procs`]: '412\n',
      'proc/412/status': 'Name:\tnode\nCapEff:\t0000000400000004\n',
    })
    expect(runningService(hostFiles(tree.root))).toEqual({
      pid: '412',
      capabilities: ['CAP_DAC_READ_SEARCH', 'CAP_SYSLOG'],
    })
    tree.remove()
  })
})

describe.skipIf(!existsSync('/proc/stat'))('doctor on delivery', () => {
  async function deliveryTo(status: number, hostKey: string | null) {
    const code = { 400: 'INVALID_INPUT', 401: 'HOST_KEY_INVALID' }[status]
    const server = await startServer(() => ({ status, body: { code } }))
    const state = mkdtempSync(join(folder, 'state-'))
    if (hostKey !== null) writeFileSync(join(state, 'host-key'), JSON.stringify({ hostId: '1', hostKey }))
    const { printed } = await examine('/', { GRAFTWATCH_URL: server.url, GRAFTWATCH_STATE_DIR: state })
    const asked = server.received.map(({ path, headers }) => [path, headers.authorization])
    await server.close()
    return { said: printed.match(/^Delivery: .*$/m)?.[0], asked, url: server.url }
  }

  test('a key that the server takes', async () => {
    const { said, asked, url } = await deliveryTo(400, 'k')
    expect(said).toBe(`Delivery: ${url} answers and knows this host's key.`)
    expect(asked).toEqual([['/v1/heartbeats', 'Bearer k']])
  })

  test('a key that it does not know, a host that is not enrolled, a server that is away', async () => {
    expect((await deliveryTo(401, 'old')).said).toMatch(/does not know this host's key\. Enroll it again/)
    expect((await deliveryTo(401, null)).said).toMatch(/answers\. This host is not enrolled yet/)
    expect((await deliveryTo(503, 'k')).said).toMatch(/cannot be reached or is busy \(503\)/)
  })
})
