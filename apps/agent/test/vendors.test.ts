import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { hostReport } from '@graftwatch/contract/report'
import { afterEach, expect, test } from 'vitest'
import { hostFiles } from '../src/host-files.ts'
import { createReader, type Reader } from '../src/report.ts'
import { clientsIn } from './clients.ts'
import { createTree, type HostTree, type TreeFiles, unlisted } from './host-tree.ts'

/** Vendors' clients as real programs in the tree, and Canonical's daemon as a real server on a real socket. */

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

function aHost(files: TreeFiles = {}): HostTree {
  const tree = createTree({ 'sys/kernel/': '', ...files })
  ends.push(() => tree.remove())
  return tree
}

const script = (tree: HostTree, path: string, text: string): void =>
  tree.write({ [path]: `#!/bin/sh\n${text}\n` })

function readerOf(
  { root }: HostTree,
  options: { socket?: string; timeoutMs?: number; now?: () => number } = {},
): Reader {
  const reader = createReader({
    files: hostFiles(root),
    labels: {},
    vendorPrograms: clientsIn(root, options),
    ...(options.now && { now: options.now }),
  })
  ends.push(() => reader.close())
  return reader
}

async function read(reader: Reader) {
  const reading = await reader.read()
  hostReport.parse({ ...reading, sequence: 1 })
  const source = (name: string) => reading.sources.find((one) => one.name === name)
  return {
    reading,
    kernelcare: source('kernelcare'),
    canonical: source('canonical'),
    ksplice: source('ksplice'),
  }
}

const loaded = (name: string): TreeFiles => ({
  [`sys/kernel/livepatch/${name}/enabled`]: '1\n',
  [`sys/kernel/livepatch/${name}/transition`]: '0\n',
})
const ubuntu = 'lkp_Ubuntu_6_8_0_1047_50_aws_121'
const status = (state: string, checkState = 'checked', fields: object = {}): string =>
  JSON.stringify({
    'Last-Check': '2026-11-23T06:00:00Z',
    Status: [
      {
        Running: true,
        Supported: 'supported',
        Livepatch: {
          State: state,
          CheckState: checkState,
          Version: '121.4',
          Fixes: [{ Name: 'cve-2025-68263', Patched: true }],
          ...fields,
        },
      },
    ],
  })
const client = (tree: HostTree, text: string): void => script(tree, 'snap/bin/canonical-livepatch', text)

test('a host without any client has none of these sources', async () => {
  const { kernelcare, canonical, ksplice } = await read(readerOf(aHost()))
  expect([kernelcare, canonical, ksplice].map((source) => source?.status)).toEqual([
    'absent',
    'absent',
    'absent',
  ])
})

test('clients of a host that is seen from outside are there, and cannot be asked', async () => {
  const tree = aHost()
  const outside = async () => {
    const reader = createReader({ files: hostFiles(tree.root), labels: {} })
    ends.push(() => reader.close())
    const { kernelcare, canonical } = await read(reader)
    return [kernelcare, canonical]
  }
  expect(await outside()).toMatchObject([{ status: 'absent' }, { status: 'absent' }])
  client(tree, 'exit 0')
  kcarectl(tree, 'exit 0')
  const reason = expect.stringContaining('Install the agent on the host itself.')
  expect(await outside()).toMatchObject([
    { status: 'failed', reason },
    { status: 'failed', reason },
  ])
  // What KernelCare's own files tell is told.
  tree.write(kcare)
  expect(await outside()).toMatchObject([
    { status: 'ok', reason, claims: [{ state: 'applied' }] },
    { status: 'failed' },
  ])
})

test('a client that may not be run is not taken for one that is not there', async () => {
  const tree = aHost({ 'snap/bin/canonical-livepatch': 'no program', 'usr/bin/kcarectl': 'no program' })
  const { kernelcare, canonical } = await read(readerOf(tree))
  const reason = expect.stringMatching(
    /(kcarectl|canonical-livepatch) may not be run by the agent's user \(EACCES\)/,
  )
  expect([kernelcare, canonical]).toMatchObject([
    { status: 'failed', reason },
    { status: 'failed', reason },
  ])
})

test("Canonical's client gives its word, and its fixes to the patch that klp reads", async () => {
  const tree = aHost(loaded(ubuntu))
  client(tree, `[ "$*" = "status --format json" ] && echo '${status('applied')}'`)
  const { reading, canonical } = await read(readerOf(tree))
  expect(canonical).toMatchObject({
    status: 'ok',
    claims: [{ patch: ubuntu, state: 'applied' }],
    verdict: { value: 'applied', checkedAt: '2026-11-23T06:00:00.000Z' },
  })
  expect(reading.patches).toMatchObject([
    { mechanism: 'klp', manager: 'canonical', name: ubuntu, cves: ['CVE-2025-68263'] },
  ])
})

test('a client that says applied without a patch in the kernel keeps its word: the server sees that they disagree', async () => {
  const tree = aHost({ 'sys/kernel/livepatch/': '' })
  client(tree, `echo '${status('applied')}'`)
  const { reading, canonical } = await read(readerOf(tree))
  expect(canonical?.claims).toMatchObject([{ patch: '121.4', state: 'applied' }])
  expect(reading.patches).toEqual([])
})

test('a failed check leaves what runs as it is, and says that the word is old (48)', async () => {
  const tree = aHost(loaded(ubuntu))
  client(tree, `echo '${status('applied', 'check-failed')}'`)
  const { canonical } = await read(readerOf(tree))
  expect(canonical?.verdict).toMatchObject({ value: 'applied', raw: expect.stringContaining('check-failed') })
})

test('a client that is not enabled is off, whatever is loaded (49)', async () => {
  const tree = aHost(loaded(ubuntu))
  client(tree, `echo "Machine is not enabled. Please run 'sudo canonical-livepatch enable'" >&2; exit 1`)
  const { reading, canonical } = await read(readerOf(tree))
  expect(canonical).toMatchObject({ status: 'ok', verdict: { value: 'off' } })
  expect(reading.patches).toMatchObject([{ name: ubuntu, state: 'applied', cves: null }])
})

test('a kernel that can only be fixed by a reboot keeps its patches (50)', async () => {
  const tree = aHost(loaded(ubuntu))
  client(tree, `echo '${status('kernel-upgrade-required')}'`)
  const { reading, canonical } = await read(readerOf(tree))
  expect(canonical?.verdict?.value).toBe('reboot-required')
  expect(reading.patches).toHaveLength(1)
})

test('a client that says something else has failed, with its words (51)', async () => {
  const tree = aHost(loaded(ubuntu))
  client(tree, 'echo "Connection to the daemon failed: dial unix: no such file"; exit 1')
  const { canonical } = await read(readerOf(tree))
  expect(canonical).toMatchObject({
    status: 'failed',
    reason: expect.stringContaining('Connection to the daemon'),
  })
})

test('a client that hangs costs its own source only', async () => {
  const tree = aHost(loaded(ubuntu))
  client(tree, 'sleep 600')
  const reader = readerOf(tree, { timeoutMs: 100 })
  const { reading, canonical } = await read(reader)
  expect(canonical).toMatchObject({ status: 'failed', reason: expect.stringContaining('no answer within') })
  expect(reading.patches).toMatchObject([{ name: ubuntu, state: 'applied' }])
})

test("Canonical's socket is asked before its program", async () => {
  const tree = aHost(loaded(ubuntu))
  client(tree, 'exit 3')
  const socket = join(tree.root, 'sock')
  const asked: string[] = []
  const server: Server = createServer((request, response) => {
    asked.push(request.url ?? '')
    response.end(status('applying'))
  })
  await new Promise<void>((done) => server.listen(socket, done))
  ends.push(() => server.close())
  const { canonical } = await read(readerOf(tree, { socket }))
  expect(asked).toEqual(['/status?verbosity=3&format=json'])
  expect(canonical?.verdict?.value).toBe('pending')
})

test('a socket nobody answers on leads to the program', async () => {
  const tree = aHost(loaded(ubuntu))
  client(tree, `echo '${status('applied')}'`)
  const { canonical } = await read(readerOf(tree, { socket: join(tree.root, 'nobody') }))
  expect(canonical?.verdict?.value).toBe('applied')
})

test('clients are asked again after 15 minutes and when a patch goes, not at each reading', async () => {
  const tree = aHost(loaded(ubuntu))
  client(tree, `echo x >> ${tree.root}/asked; echo '${status('applied')}'`)
  let now = Date.parse('2026-11-23T10:00:01Z')
  const reader = readerOf(tree, { now: () => now })
  const asked = (): number => hostFiles(tree.root).text('asked')?.split('\n').filter(Boolean).length ?? 0
  for (let reading = 0; reading < 3; reading++) await read(reader)
  expect(asked()).toBe(1)
  now += 900_000
  await read(reader)
  expect(asked()).toBe(2)
  tree.write({ [`sys/kernel/livepatch/${ubuntu}`]: null })
  await read(reader)
  expect(asked()).toBe(3)
})

const kcarectl = (tree: HostTree, info: string, code = 0, status = 0): void =>
  script(
    tree,
    'usr/bin/kcarectl',
    `case "$*" in --info) ${info}; exit ${code};; --status) exit ${status};; *) exit 99;; esac`,
  )
const kcare = { 'proc/kcare/effective_version': '5.4.0-1028.31\n', 'proc/kcare/cvelist': 'CVE-2021-3347\n' }

test('KernelCare: the kernel tells the state, the client the level and what is newer (57)', async () => {
  const tree = aHost(kcare)
  kcarectl(
    tree,
    'echo "kpatch-state: patch is applied"; echo "kpatch-description: 7-:1615812815;5.4.0-1028.31"',
    0,
    2,
  )
  const { reading, kernelcare } = await read(readerOf(tree))
  expect(kernelcare).toMatchObject({ status: 'ok', verdict: { value: 'update-available' } })
  expect(reading.patches).toMatchObject([
    { mechanism: 'kernelcare', version: '7', state: 'applied', inTransition: false, cves: ['CVE-2021-3347'] },
  ])
  expect(reading.kernel.effectiveRelease).toBe('5.4.0-1028.31')
  expect(reading.transition).toBeNull()
})

test('KernelCare without its client is told by the kernel alone (56)', async () => {
  const { reading, kernelcare } = await read(readerOf(aHost(kcare)))
  expect(kernelcare).toMatchObject({ status: 'ok' })
  expect(kernelcare?.verdict).toBeUndefined()
  expect(reading.patches).toMatchObject([{ mechanism: 'kernelcare', state: 'applied', version: null }])
})

test('KernelCare whose client fails says so beside what the kernel tells, in the words it prints on stdout (58)', async () => {
  const tree = aHost(kcare)
  kcarectl(tree, 'echo "Unable to read the license"', 1, 9)
  const { reading, kernelcare } = await read(readerOf(tree))
  expect(kernelcare).toMatchObject({
    status: 'ok',
    reason: 'kcarectl --info: ended with 1: Unable to read the license',
    verdict: { value: 'unknown' },
  })
  expect(reading.patches).toHaveLength(1)
})

test('KernelCare with nothing applied has no patch; where nobody tells, the source has failed', async () => {
  const none = aHost()
  kcarectl(none, 'echo "No patches applied"', 0, 1)
  const found = await read(readerOf(none))
  expect(found.kernelcare).toMatchObject({ status: 'ok', claims: [], verdict: { value: 'unknown' } })
  expect(found.reading.patches).toEqual([])
  const broken = aHost()
  kcarectl(broken, 'echo "Traceback"', 1)
  expect((await read(readerOf(broken))).kernelcare).toMatchObject({
    status: 'failed',
    reason: expect.stringContaining('Traceback'),
  })
})

test('KernelCare whose version may not be read is not called unpatched: its client tells, or nobody', async () => {
  const unreadable = { 'proc/kcare/effective_version': { link: 'effective_version' } }
  const told = aHost(unreadable)
  kcarectl(told, 'echo "kpatch-state: patch is applied"')
  expect((await read(readerOf(told))).reading.patches).toMatchObject([
    { mechanism: 'kernelcare', state: 'applied' },
  ])
  expect((await read(readerOf(aHost(unreadable)))).kernelcare).toMatchObject({
    status: 'failed',
    reason: expect.stringContaining('effective_version'),
  })
})

test('KernelCare: what the client said before it failed is not told of what runs now', async () => {
  const tree = aHost(kcare)
  kcarectl(tree, 'echo "kpatch-state: patch is applied"; echo "kpatch-description: 7;5.4.0-1028.31"')
  let now = Date.parse('2026-11-23T10:00:01Z')
  const reader = readerOf(tree, { now: () => now })
  expect((await read(reader)).kernelcare?.verdict).toMatchObject({ value: 'applied' })
  script(tree, 'usr/bin/kcarectl', 'echo "Unable to lock" >&2; exit 1')

  // The same set, and nobody to ask for its level.
  now += 900_000
  const failing = await read(reader)
  expect(failing.kernelcare).toMatchObject({
    status: 'ok',
    reason: expect.stringContaining('Unable to lock'),
  })
  expect(failing.reading.patches).toMatchObject([{ state: 'applied', version: null }])
  // Another set, of which it said nothing.
  tree.write({ 'proc/kcare/effective_version': '5.4.0-1030.33\n' })
  expect((await read(reader)).kernelcare?.verdict).toBeUndefined()
  // Whether one is applied without the module only it could tell.
  tree.write({ 'proc/kcare': null })
  const gone = await read(reader)
  expect([gone.kernelcare?.status, gone.reading.patches]).toEqual(['failed', []])
})

const stage = (id: string, text: string | null): TreeFiles => ({
  [`sys/module/ksplice_${id}/ksplice/stage`]: text === null ? { link: 'stage' } : `${text}\n`,
})

test('Ksplice: a stage that cannot be read is not guessed (54)', async () => {
  const tree = aHost({ ...stage('aaaaaaaa', 'applied'), ...stage('bbbbbbbb', null) })
  const { reading, ksplice } = await read(readerOf(tree))
  expect(ksplice).toMatchObject({ status: 'failed', reason: expect.stringContaining('bbbbbbbb') })
  expect(reading.patches).toMatchObject([{ name: 'ksplice_aaaaaaaa', state: 'applied' }])
})

test.each(['sys/kernel/ksplice', 'sys/module'])(
  'Ksplice: a list of updates in %s that cannot be read is not an empty one',
  async (directory) => {
    const { root } = aHost({ 'sys/kernel/ksplice/aaaaaaaa/stage': 'applied\n', 'var/lib/uptrack/': '' })
    const { ksplice } = await read(createReader({ files: unlisted(root, directory), labels: {} }))
    expect(ksplice).toMatchObject({ status: 'failed', reason: `EIO listing /${directory}` })
  },
)

test('Ksplice: a module that is live and has no stage is not passed over', async () => {
  const { ksplice } = await read(readerOf(aHost({ 'sys/module/ksplice_aaaaaaaa/initstate': 'live\n' })))
  expect(ksplice).toMatchObject({ status: 'failed', reason: expect.stringContaining('aaaaaaaa') })
})

test("Ksplice: the client's account of this very kernel stands in for what may not be read, and for no other kernel", async () => {
  const account = (release: string): string =>
    `EffectiveKernel:\n  Release: 6.2.0\nInstalled: [bbbbbbbb]\nOriginalKernel:\n  Release: ${release}\n`
  const tree = aHost({
    ...stage('bbbbbbbb', null),
    'var/lib/uptrack/effective_kernel': account('6.1.0-56-amd64'),
  })
  const own = await read(readerOf(tree))
  expect(own.ksplice).toMatchObject({ status: 'ok' })
  expect(own.reading.kernel.effectiveRelease).toBe('6.2.0')
  tree.write({ 'var/lib/uptrack/effective_kernel': account('6.1.0-99-amd64') })
  const other = await read(readerOf(tree))
  expect(other.ksplice).toMatchObject({ status: 'failed' })
  expect(other.reading.kernel.effectiveRelease).toBeUndefined()
})

test('Ksplice: an account of other updates than those that run gives no effective kernel (53)', async () => {
  const tree = aHost({
    ...stage('aaaaaaaa', 'applied'),
    ...stage('bbbbbbbb', 'applied'),
    'var/lib/uptrack/effective_kernel':
      'EffectiveKernel:\n  Release: 6.2.0\nInstalled: [aaaaaaaa]\nOriginalKernel:\n  Release: 6.1.0-56-amd64\n',
  })
  const { reading, ksplice } = await read(readerOf(tree))
  expect(ksplice?.status).toBe('ok')
  expect(reading.kernel.effectiveRelease).toBeUndefined()
  expect(reading.patches).toHaveLength(2)
})

test('Ksplice: with more updates than a report holds, another one pushes none off, and the source says so', async () => {
  const id = (index: number) => `b${String(index).padStart(7, '0')}`
  const all = Array.from({ length: 130 }, (_, index) => stage(id(index), 'applied'))
  const tree = aHost(Object.assign({}, ...all))
  const reader = readerOf(tree)
  const names = async () => (await read(reader)).reading.patches.map(({ name }) => name)
  const before = await names()
  expect(before).toHaveLength(128)
  tree.write(stage('aaaaaaaa', 'applied'))
  expect(await names()).toEqual(before)
  expect((await read(reader)).ksplice).toMatchObject({
    status: 'ok',
    reason: '131 updates, of which a report holds 128',
  })
  tree.write({ 'sys/module/ksplice_b0000005': null })
  const after = await names()
  expect(after).toEqual([...before.filter((name) => name !== 'ksplice_b0000005'), 'ksplice_aaaaaaaa'])
  expect(await names()).toEqual(after)
})

test('Ksplice switched off is off', async () => {
  const tree = aHost({ 'var/lib/uptrack/': '', 'etc/uptrack/disable': '' })
  expect((await read(readerOf(tree))).ksplice).toMatchObject({ status: 'ok', verdict: { value: 'off' } })
})
