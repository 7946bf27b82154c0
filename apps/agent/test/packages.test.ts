import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { hostReport } from '@graftwatch/contract/report'
import { reduce } from '@graftwatch/livepatch'
import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { hostFiles } from '../src/host-files.ts'
import type { PackagePrograms } from '../src/packages/package-programs.ts'
import { createReader, type Reading } from '../src/report.ts'
import { createTree, type HostTree, patch } from './host-tree.ts'

/**
 * The answers in rpm/ are rpm 4.18's own, of packages made from the specs beside them with `rpmbuild -bb` and installed into a
 * root of their own; the formats asked with are rpmPatchFormat and rpmKernelFormat.
 */
const answer = (name: string): string => readFileSync(new URL(`rpm/${name}`, import.meta.url), 'utf8')

let trees: HostTree[] = []
afterEach(() => {
  for (const tree of trees) tree.remove()
  trees = []
})

function aTree(...parts: Record<string, string>[]): HostTree {
  const tree = createTree(Object.assign({}, ...parts))
  trees.push(tree)
  return tree
}

const noPrograms: PackagePrograms = {
  livePatchPackages: async () => null,
  kernelPackage: async () => null,
  loadedPatches: async () => null,
}

function aReader(tree: HostTree, programs: Partial<PackagePrograms> = {}) {
  const reader = createReader({
    files: hostFiles(tree.root),
    labels: {},
    now: () => Date.parse('2026-11-23T09:00:00.000Z'),
    packagePrograms: { ...noPrograms, ...programs },
  })
  return async (): Promise<Reading> => {
    const reading = await reader.read()
    hostReport.parse({ ...reading, sequence: 1 })
    return reading
  }
}

/** Compares with the golden report; UPDATE_EXPECTED=1 writes it, and its diff is the review. */
function expectReport(reading: Reading, name: string): void {
  const report = {
    ...reading,
    stateHash: '0000000000000000',
    agent: { ...reading.agent, version: '0.0.0', runtime: 'node' },
    sources: reading.sources.map((source) => ({ ...source, durationMs: 0 })),
  }
  const file = new URL(`captures/expected/${name}`, import.meta.url)
  if (process.env.UPDATE_EXPECTED) writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`)
  expect(report).toEqual(JSON.parse(readFileSync(file, 'utf8')))
}

const sourceOf = (reading: Reading) => reading.sources.find(({ name }) => name === 'packages')

const stanza = (name: string, version: string, status = 'install ok installed'): string =>
  `Package: ${name}\nStatus: ${status}\nArchitecture: amd64\nVersion: ${version}\nDescription: text\n longer text\n\n`

/** A kernel as a distribution installs it: an image and a directory of modules. */
const kernel = (release: string): Record<string, string> => ({
  [`boot/vmlinuz-${release}`]: 'image',
  [`lib/modules/${release}/modules.dep`]: '',
})

const running = '6.1.0-41-amd64'
const debian = (status: string): Record<string, string> => ({
  'etc/os-release': 'ID=debian\nVERSION_ID="12"\n',
  'sys/kernel/livepatch/': '',
  'proc/sys/kernel/osrelease': `${running}\n`,
  'proc/sys/kernel/version': '#1 SMP PREEMPT_DYNAMIC Debian 6.1.158-1 (2025-11-09)\n',
  'var/lib/dpkg/status': status,
})
const debianKernel = stanza(`linux-image-${running}`, '6.1.158-1')

function writeBytes(tree: HostTree, path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(join(tree.root, path)), { recursive: true })
  writeFileSync(join(tree.root, path), bytes)
}

describe('a host with dpkg', () => {
  const changelog = `linux-livepatch-6.1.0-41-amd64 (4) stable; urgency=high

  * Fix CVE-2026-2222.

 -- Ops <ops@example.org>  Mon, 02 Nov 2026 10:00:00 +0000

linux-livepatch-6.1.0-41-amd64 (3) stable; urgency=high

  * Fix CVE-2026-1111.

 -- Ops <ops@example.org>  Mon, 05 Oct 2026 10:00:00 +0000
`

  function aHost(loaded: string, ...parts: Record<string, string>[]): HostTree {
    const tree = aTree(
      debian(debianKernel + stanza(`linux-livepatch-${running}`, '4')),
      kernel(running),
      patch(1, 0, loaded),
      {
        [`usr/lib/livepatch/${running}/livepatch-cache-4.ko`]: 'module',
        [`var/lib/dpkg/info/linux-livepatch-${running}.list`]: `/.\n/usr/lib/livepatch/${running}/livepatch-cache-4.ko\n`,
      },
      ...parts,
    )
    writeBytes(tree, `usr/share/doc/linux-livepatch-${running}/changelog.Debian.gz`, gzipSync(changelog))
    return tree
  }

  test('the report is the one expected', async () => {
    expectReport(await aReader(aHost('livepatch_cache_3'))(), 'packages.debian12.json')
  })

  test('a patch is named by its package, with the CVEs of its changelog', async () => {
    const reading = await aReader(aHost('livepatch_cache_4'))()
    expect(sourceOf(reading)).toMatchObject({ status: 'ok' })
    expect(reading.patches).toMatchObject([
      { package: `linux-livepatch-${running}`, cves: ['CVE-2026-2222', 'CVE-2026-1111'] },
    ])
    expect(reading.reboot).toMatchObject({ pending: false, reason: null, installedKernel: running })
  })

  test('what is on disk and not loaded is named with the patch it would load', async () => {
    const reading = await aReader(aHost('livepatch_cache_3'))()
    expect(reading.patches).toMatchObject([{ name: 'livepatch_cache_3', package: null, cves: null }])
    expect(reading.available).toEqual([
      {
        package: `linux-livepatch-${running}`,
        version: '4',
        forKernel: running,
        patch: 'livepatch_cache_4',
        cves: ['CVE-2026-2222', 'CVE-2026-1111'],
      },
    ])
  })

  test('§14 #44: a module for another kernel is listed as that; one that no package holds is named by its file', async () => {
    const tree = aTree(debian(debianKernel), kernel(running), {
      [`var/lib/kpatch/${running}/livepatch-own.ko`]: 'module',
      'var/lib/kpatch/6.1.0-39-amd64/livepatch-old.ko': 'module',
    })
    expect((await aReader(tree)()).available).toEqual([
      { package: 'livepatch-own.ko', version: '', forKernel: running, patch: 'livepatch_own', cves: null },
      {
        package: 'livepatch-old.ko',
        version: '',
        forKernel: '6.1.0-39-amd64',
        patch: 'livepatch_old',
        cves: null,
      },
    ])
  })

  test('the same name with another build is another patch, and gets no package', async () => {
    const tree = aHost('livepatch_cache_4', { 'sys/module/livepatch_cache_4/srcversion': 'ABCDEF\n' })
    writeBytes(tree, `usr/lib/livepatch/${running}/livepatch-cache-4.ko`, moduleOfBuild('123456'))
    expect((await aReader(tree)()).patches).toMatchObject([{ package: null, cves: null }])
    writeBytes(tree, `usr/lib/livepatch/${running}/livepatch-cache-4.ko`, moduleOfBuild('ABCDEF'))
    expect((await aReader(tree)()).patches).toMatchObject([{ package: `linux-livepatch-${running}` }])
  })

  test('the database is read again when it changed, and only then', async () => {
    const tree = aHost('livepatch_cache_4')
    const read = aReader(tree)
    await read()
    const at = new Date('2026-11-01T00:00:00Z')
    const status = join(tree.root, 'var/lib/dpkg/status')
    utimesSync(status, at, at)
    const first = await read()
    // The same time, size and file: nothing says that it changed.
    writeFileSync(status, readFileSync(status, 'utf8').replaceAll('linux-livepatch-6', 'linux-livepatch-7'))
    utimesSync(status, at, at)
    expect((await read()).available).toEqual(first.available)
    tree.write({ 'var/lib/dpkg/status': debianKernel })
    expect((await read()).available).toMatchObject([{ package: 'livepatch-cache-4.ko', cves: null }])
  })

  test('fixes would be lost at a reboot into the kernel that needed them, unless something loads them again', async () => {
    const lost = await aReader(aHost('livepatch_cache_4'))()
    // What loads modules from that directory at boot is not known.
    expect(lost.reboot.fixesLost).toBeNull()
    const gone = aHost('livepatch_cache_4')
    gone.write({ 'usr/lib/livepatch': null })
    gone.write({ [`var/lib/kpatch/${running}/livepatch-cache-4.ko`]: 'module' })
    gone.write({
      [`var/lib/dpkg/info/linux-livepatch-${running}.list`]: `/var/lib/kpatch/${running}/livepatch-cache-4.ko\n`,
    })
    expect((await aReader(gone)()).reboot.fixesLost).toEqual(['CVE-2026-2222', 'CVE-2026-1111'])
    gone.write({ 'etc/systemd/system/multi-user.target.wants/kpatch.service': '' })
    expect((await aReader(gone)()).reboot.fixesLost).toEqual([])
    gone.write({ 'proc/cmdline': 'root=/dev/vda kpatch.enable=0 quiet\n' })
    expect((await aReader(gone)()).reboot.fixesLost).toHaveLength(2)
  })

  test('a newer kernel whose own changelog names the fixes loses nothing', async () => {
    const next = '6.1.0-42-amd64'
    const tree = aHost('livepatch_cache_4', kernel(next))
    tree.write({
      'var/lib/dpkg/status':
        readFileSync(join(tree.root, 'var/lib/dpkg/status'), 'utf8') +
        stanza(`linux-image-${next}`, '6.1.160-1'),
    })
    const read = aReader(tree)
    expect((await read()).reboot).toMatchObject({ pending: true, installedKernel: next, fixesLost: null })
    writeBytes(
      tree,
      `usr/share/doc/linux-image-${next}/changelog.gz`,
      gzipSync(
        'linux (6.1.160-1) bookworm; urgency=medium\n\n  * CVE-2026-1111, CVE-2026-2222\n\n -- K <k@example.org>  Mon, 16 Nov 2026 10:00:00 +0000\n',
      ),
    )
    expect((await aReader(tree)()).reboot.fixesLost).toEqual([])
  })

  test('without live patches there is nothing to lose', async () => {
    const tree = aTree(debian(debianKernel), kernel(running))
    expect((await aReader(tree)()).reboot.fixesLost).toEqual([])
  })

  test('cut or broken databases never throw and claim nothing', async () => {
    for (const text of [
      '',
      '\n\n\n',
      'Package: x',
      '\u0000\u0001',
      debianKernel.slice(0, 40),
      'x'.repeat(100_000),
    ]) {
      const tree = aHost('livepatch_cache_4', { 'var/lib/dpkg/status': text })
      writeBytes(
        tree,
        `usr/share/doc/linux-livepatch-${running}/changelog.Debian.gz`,
        gzipSync(changelog).subarray(0, 90),
      )
      const reading = await aReader(tree)()
      expect(reading.patches[0]).toMatchObject({ package: null, cves: null })
    }
  })
})

test('any bytes in any of the files cost at most what these files tell', async () => {
  const seed = Number(process.env.FAST_CHECK_SEED ?? Math.floor(Math.random() * 2 ** 31))
  console.info(`files of packages and boot loaders: FAST_CHECK_SEED=${seed}`)
  const tree = aTree(debian(debianKernel), kernel(running), patch(1, 0, 'livepatch_own'))
  const read = aReader(tree)
  const files = {
    'var/lib/dpkg/status': debianKernel + stanza('linux-livepatch', '4'),
    'var/lib/dpkg/info/linux-livepatch.list': `/usr/lib/livepatch/${running}/livepatch-own.ko\n`,
    'usr/share/doc/linux-livepatch/changelog.gz': gzipSync(
      'linux-livepatch (4) x; urgency=low\n\n  * CVE-2026-1\n',
    ),
    'boot/grub/grubenv': 'saved_entry=0\n',
    'boot/grub/grub.cfg': `set default="0"\nmenuentry 'a' {\n\tlinux /vmlinuz-${running}\n}\nblscfg\n`,
    'boot/loader/entries/a.conf': `title a\nlinux /vmlinuz-${running}\n`,
    [`usr/lib/livepatch/${running}/livepatch-own.ko`]: moduleOfBuild('123456'),
  }
  const change = fc.record({
    path: fc.constantFrom(...Object.keys(files)),
    at: fc.nat(400),
    bytes: fc.uint8Array({ maxLength: 40 }),
    isCut: fc.boolean(),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
      for (const [path, content] of Object.entries(files)) {
        let bytes = Buffer.from(content)
        for (const { at, bytes: other, isCut } of changes.filter((one) => one.path === path)) {
          const place = Math.min(at, bytes.length)
          bytes = Buffer.concat([
            bytes.subarray(0, place),
            other,
            isCut ? Buffer.of() : bytes.subarray(place + other.length),
          ])
        }
        writeBytes(tree, path, bytes)
      }
      expect((await read()).patches).toMatchObject([{ name: 'livepatch_own', state: 'applied' }])
    }),
    { seed, numRuns: 400, interruptAfterTimeLimit: 4000 },
  )
})

/** Reported cases whose cause lies in how installed kernels are found; those of their order are in reboot-verdict.test.ts. */
describe('installed kernels', () => {
  const release = '6.8.0-88-generic'
  const ubuntu = (status: string): Record<string, string> => ({
    ...debian(status),
    'proc/sys/kernel/osrelease': `${release}\n`,
    'proc/sys/kernel/version': '#89-Ubuntu SMP PREEMPT_DYNAMIC Sat Oct 11 01:02:46 UTC 2025\n',
    'proc/version_signature': 'Ubuntu 6.8.0-88.89-generic 6.8.12\n',
  })

  test('PatchMon #562, #353: metapackages are no kernels', async () => {
    const status =
      stanza('linux-image-virtual', '6.8.0-88.89') +
      stanza('linux-image-generic-hwe-24.04', '6.14.0-33.33~24.04.1') +
      stanza('linux-image-6.8.0-87-generic', '6.8.0-87.88') +
      stanza(`linux-image-${release}`, '6.8.0-88.89')
    const reading = await aReader(aTree(ubuntu(status), kernel('6.8.0-87-generic'), kernel(release)))()
    expect(reading.reboot).toMatchObject({ pending: false, reason: null, installedKernel: release })
  })

  test('PatchMon #600: marker files prove nothing', async () => {
    const markers = {
      'run/reboot-required': '*** System restart required ***\n',
      'run/reboot-required.pkgs': 'libc6\nlinux-base\n',
      'run/crond.reboot': '',
    }
    const tree = aTree(ubuntu(stanza(`linux-image-${release}`, '6.8.0-88.89')), kernel(release), markers)
    expect((await aReader(tree)()).reboot.pending).toBe(false)
  })

  test('unattended-upgrades #310, ubuntu-pro-client #2526: one verdict, whatever live patches do meanwhile', async () => {
    const next = '6.8.0-90-generic'
    const status =
      stanza(`linux-image-${release}`, '6.8.0-88.89') + stanza(`linux-image-${next}`, '6.8.0-90.91')
    const trees = [{}, patch(1, 0, 'lkp_Ubuntu_6_8_0_88_89_generic_1')].map((live) =>
      aTree(ubuntu(status), kernel(release), kernel(next), live),
    )
    for (const tree of trees)
      expect((await aReader(tree)()).reboot).toMatchObject({
        pending: true,
        reason: `${next} is installed; ${release} runs.`,
        installedKernel: next,
      })
  })

  test('a leftover image without modules, or modules without an image, cannot be booted', async () => {
    const tree = aTree(ubuntu(stanza(`linux-image-${release}`, '6.8.0-88.89')), kernel(release), {
      'boot/vmlinuz-6.9.0-1-generic': 'image',
      'boot/vmlinuz-6.8.0-99-generic.old': 'image',
      'lib/modules/6.10.0-1-generic/build/Makefile': '',
    })
    expect((await aReader(tree)()).reboot).toMatchObject({ pending: false, installedKernel: release })
  })

  test('a container that shares the kernel of its host knows nothing of reboots', async () => {
    const tree = aTree(
      debian(stanza('linux-image-6.12.90+deb13-amd64', '6.12.90-1')),
      kernel('6.12.90+deb13-amd64'),
    )
    tree.write({ 'proc/sys/kernel/osrelease': '6.8.12-9-pve\n' })
    expect((await aReader(tree)()).reboot).toMatchObject({ pending: null, installedKernel: null })
  })

  test('GRUB’s own files come before what is installed', async () => {
    const next = '6.8.0-90-generic'
    const grub = (saved: string) => ({
      'boot/grub/grubenv': `# GRUB Environment Block\nsaved_entry=${saved}\n####\n`,
      'boot/grub/grub.cfg': `set default="\${saved_entry}"\n${[next, release]
        .map(
          (of) => `menuentry 'Ubuntu, with Linux ${of}' --id '${of}' {\n\tlinux\t/boot/vmlinuz-${of} ro\n}\n`,
        )
        .join('')}`,
    })
    const status =
      stanza(`linux-image-${release}`, '6.8.0-88.89') + stanza(`linux-image-${next}`, '6.8.0-90.91')
    const verdict = async (saved: string) =>
      (await aReader(aTree(ubuntu(status), kernel(release), kernel(next), grub(saved)))()).reboot
    expect(await verdict(next)).toMatchObject({
      pending: true,
      reason: `The boot loader starts ${next}; ${release} runs.`,
    })
    expect(await verdict(release)).toMatchObject({
      pending: false,
      reason: `${next} is installed, but the boot loader starts ${release}, which runs.`,
    })
    expect(await verdict('gone')).toMatchObject({
      pending: true,
      reason: `${next} is installed; ${release} runs.`,
    })
  })
})

describe('a host with rpm', () => {
  const own = '5.14.0-284.11.1.el9_2.x86_64'
  const next = '5.14.0-284.25.1.el9_2.x86_64'
  const entry = (release: string) => ({
    [`boot/loader/entries/0a1b-${release}.conf`]: `title Red Hat Enterprise Linux (${release}) 9.2 (Plow)\nversion ${release}\nlinux /vmlinuz-${release}\n`,
  })

  const rhel = (loaded: string, ...parts: Record<string, string>[]): HostTree =>
    aTree(
      {
        'etc/os-release': 'ID="rhel"\nVERSION_ID="9.2"\nPRETTY_NAME="Red Hat Enterprise Linux 9.2 (Plow)"\n',
        'proc/sys/kernel/osrelease': `${own}\n`,
        'proc/sys/kernel/version': '#1 SMP PREEMPT_DYNAMIC Wed Apr 12 10:45:03 EDT 2023\n',
        'var/lib/rpm/rpmdb.sqlite': 'SQLite format 3',
        [`var/lib/kpatch/${own}/kpatch-5_14_0-284_11_1-1-3.ko`]: 'module',
        [`usr/lib/kpatch/${own}/kpatch-5_14_0-284_11_1-1-3.ko`]: 'module',
        'boot/grub2/grub.cfg': `set default="\${saved_entry}"\ninsmod blscfg\nblscfg\n`,
        'boot/grub2/grubenv': `# GRUB Environment Block\nsaved_entry=0a1b-${next}\n###\n`,
      },
      kernel(own),
      kernel(next),
      entry(own),
      entry(next),
      patch(1, 0, loaded),
      ...parts,
    )

  const programs = {
    livePatchPackages: async () => answer('live-patch-packages.txt'),
    kernelPackage: async (release: string) => (release === next ? answer('kernel-package.txt') : null),
  }
  const all = ['CVE-2023-3611', 'CVE-2023-3776', 'CVE-2023-4128', 'CVE-2022-45869', 'CVE-2023-32233']

  test('the report is the one expected', async () => {
    expectReport(await aReader(rhel('kpatch_5_14_0_284_11_1_1_2'), programs)(), 'packages.rhel9.json')
  })

  test('an older build than the installed one fixes what its changelog had by then', async () => {
    const reading = await aReader(rhel('kpatch_5_14_0_284_11_1_1_2'), programs)()
    expect(reading.patches).toMatchObject([
      { package: 'kpatch-patch-5_14_0-284_11_1', cves: ['CVE-2022-45869', 'CVE-2023-32233'] },
    ])
    expect(reading.available).toMatchObject([
      { patch: 'kpatch_5_14_0_284_11_1_1_3', version: '1-3.el9_2', cves: all },
    ])
  })

  test('a kernel made before the live patch was loses the fixes it does not name', async () => {
    const reading = await aReader(rhel('kpatch_5_14_0_284_11_1_1_3'), programs)()
    expect(reading.reboot).toEqual({
      pending: true,
      reason: `The boot loader starts ${next}; ${own} runs.`,
      installedKernel: next,
      fixesLost: ['CVE-2023-3611', 'CVE-2023-3776', 'CVE-2023-4128'],
    })
    const older = await aReader(rhel('kpatch_5_14_0_284_11_1_1_2'), programs)()
    expect(older.reboot.fixesLost).toEqual([])
  })

  test('a newer patch behind an open transition is queued, with what it would fix', async () => {
    const tree = rhel('kpatch_5_14_0_284_11_1_1_2', patch(1, 1, 'kpatch_5_14_0_284_11_1_1_2'))
    const reading = await aReader(tree, programs)()
    const { truth } = reduce(
      null,
      { ...reading, sequence: 1 },
      { at: Date.parse(reading.collectedAt), sentAt: null },
    )
    expect(truth.flags).toContain('queued')
    expect(reading.available[0]).toMatchObject({ patch: 'kpatch_5_14_0_284_11_1_1_3', cves: all })
    expect(truth.flags).toContain('rebootPending')
  })

  test('§14 #46: rebooted into a newer kernel, nothing is claimed of live patches of the older', async () => {
    const tree = rhel('x')
    tree.write({ 'sys/kernel/livepatch/x': null, 'proc/sys/kernel/osrelease': `${next}\n` })
    const reading = await aReader(tree, programs)()
    expect(reading.available).toMatchObject([{ forKernel: own }])
    expect(reading.reboot).toEqual({ pending: false, reason: null, installedKernel: next, fixesLost: [] })
    const { truth } = reduce(
      null,
      { ...reading, sequence: 1 },
      { at: Date.parse(reading.collectedAt), sentAt: null },
    )
    expect([truth.state, truth.reason]).toEqual(['notDue', 'noneKnown'])
  })

  test('without rpm’s word the names of files are all that is said', async () => {
    const reading = await aReader(rhel('kpatch_5_14_0_284_11_1_1_3'))()
    expect(reading.patches).toMatchObject([{ package: null, cves: null }])
    expect(reading.available).toMatchObject([{ package: 'kpatch-5_14_0-284_11_1-1-3.ko', cves: null }])
    expect(reading.reboot).toMatchObject({ pending: true, fixesLost: null })
  })

  test('rpm failing fails the source, says why, and costs nothing else', async () => {
    const reading = await aReader(rhel('kpatch_5_14_0_284_11_1_1_3'), {
      livePatchPackages: () => Promise.reject(new Error('no answer within 15 s')),
    })()
    expect(sourceOf(reading)).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('no answer within 15 s'),
    })
    expect(reading.reboot).toMatchObject({ pending: true, fixesLost: null })
    expect(sourceOf(reading)?.reason).toContain('rpm')
  })

  test('rpm is asked once while its database stays as it is', async () => {
    let asked = 0
    const tree = rhel('kpatch_5_14_0_284_11_1_1_3')
    const read = aReader(tree, {
      ...programs,
      livePatchPackages: async () => {
        asked++
        return answer('live-patch-packages.txt')
      },
    })
    await read()
    await read()
    expect(asked).toBe(1)
    tree.write({ 'var/lib/rpm/rpmdb.sqlite': 'SQLite format 3, changed' })
    await read()
    expect(asked).toBe(2)
  })

  test('SUSE’s tool comes before the changelog, and says that an initial patch fixes nothing', async () => {
    const tree = rhel('livepatch_1_5_3_2')
    const reading = await aReader(tree, {
      ...programs,
      loadedPatches: async () =>
        'livepatch_1_5_3_2\n    active: 1\n    RPM: kernel-livepatch-5_3_18-24_34-default-1-5.3.2.x86_64\n    CVE: (none - this is an initial kernel live patch)\n',
    })()
    expect(reading.patches).toMatchObject([{ package: 'kernel-livepatch-5_3_18-24_34-default', cves: [] }])
  })

  test('Amazon: several modules of one package fix what their names say, and the placeholder has none', async () => {
    const amazon = '5.10.102-99.473.amzn2.x86_64'
    const tree = rhel('livepatch_CVE_2020_8648', patch(1, 0, 'livepatch_cifs_lease_buffer_len'), {
      'etc/os-release': 'ID="amzn"\nVERSION_ID="2"\n',
      'proc/sys/kernel/osrelease': `${amazon}\n`,
    })
    const reading = await aReader(tree, {
      livePatchPackages: async () =>
        [
          'package\tkernel-livepatch-5.10.102-99.473\t1.0\t3.amzn2\t1650000000',
          `file\t/usr/lib/kpatch/${amazon}/livepatch-CVE-2020-8648.ko`,
          `file\t/usr/lib/kpatch/${amazon}/livepatch-cifs-lease-buffer-len.ko`,
          'change\tBuilder <builder@amazon.com> - 1.0-3.amzn2',
          '- CVE-2020-8648',
          'package\tkernel-livepatch-5.10.106-102.504\t1.0\t0.amzn2\t1650000000',
          'change\tBuilder <builder@amazon.com> - 1.0-0.amzn2',
          '- Placeholder',
        ].join('\n'),
    })()
    expect(
      reading.patches.map(({ name, package: from, cves, manager }) => [name, from, cves, manager]),
    ).toEqual([
      ['livepatch_CVE_2020_8648', 'kernel-livepatch-5.10.102-99.473', ['CVE-2020-8648'], 'kpatch'],
      ['livepatch_cifs_lease_buffer_len', 'kernel-livepatch-5.10.102-99.473', null, 'kpatch'],
    ])
    expect(reading.available.filter(({ forKernel }) => forKernel === amazon)).toHaveLength(2)
  })
})

/** A 64-bit ELF file that is nothing but a `.modinfo` section with this build. */
function moduleOfBuild(srcVersion: string): Uint8Array {
  const modinfo = Buffer.from(`license=GPL\0srcversion=${srcVersion}\0livepatch=Y\0`)
  const names = Buffer.from('\0.modinfo\0.shstrtab\0')
  const bytes = Buffer.alloc(64 + 3 * 64)
  bytes.write('\u007fELF\u0002\u0001', 'latin1')
  bytes.writeBigUInt64LE(64n, 40)
  bytes.writeUInt16LE(64, 58)
  bytes.writeUInt16LE(3, 60)
  bytes.writeUInt16LE(2, 62)
  const put = (index: number, name: number, at: number, size: number): void => {
    bytes.writeUInt32LE(name, 64 + index * 64)
    bytes.writeBigUInt64LE(BigInt(at), 64 + index * 64 + 24)
    bytes.writeBigUInt64LE(BigInt(size), 64 + index * 64 + 32)
  }
  put(1, 1, bytes.length, modinfo.length)
  put(2, 10, bytes.length + modinfo.length, names.length)
  return Buffer.concat([bytes, modinfo, names])
}
