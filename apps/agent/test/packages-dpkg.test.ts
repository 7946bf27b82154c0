import { readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type HostTree, patch } from './host-tree.ts'
import {
  aReader,
  aTree,
  debian,
  debianKernel,
  expectReport,
  kernel,
  moduleOfBuild,
  running,
  sourceOf,
  stanza,
  writeBytes,
} from './package-hosts.ts'

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
    // Without systemd, or without a word of what it is told at boot, nothing tells what loads them.
    expect((await aReader(gone)()).reboot.fixesLost).toBeNull()
    gone.write({ 'etc/systemd/system/multi-user.target.wants/': '' })
    expect((await aReader(gone)()).reboot.fixesLost).toBeNull()
    gone.write({ 'proc/cmdline': 'root=/dev/vda quiet\n' })
    expect((await aReader(gone)()).reboot.fixesLost).toEqual(['CVE-2026-2222', 'CVE-2026-1111'])
    gone.write({ 'etc/systemd/system/multi-user.target.wants': null })
    expect((await aReader(gone)()).reboot.fixesLost).toHaveLength(2)
    gone.write({ 'etc/systemd': null })
    gone.write({ 'etc/systemd': { link: 'systemd' } })
    expect((await aReader(gone)()).reboot.fixesLost).toBeNull()
    gone.write({ 'etc/systemd': null })
    gone.write({
      'etc/systemd/system/multi-user.target.wants/kpatch.service': {
        link: '/usr/lib/systemd/system/kpatch.service',
      },
    })
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

  test.each([
    ['no file', { 'var/lib/dpkg/status/': '' }, '/var/lib/dpkg/status cannot be read (EISDIR)'],
    [
      'no list of packages',
      { 'var/lib/dpkg/status': 'x'.repeat(9) },
      '/var/lib/dpkg/status names no package',
    ],
    [
      'without the files of a package',
      {
        'var/lib/dpkg/status': stanza('linux-livepatch', '4'),
        'var/lib/dpkg/info/linux-livepatch.list/': '',
      },
      '/var/lib/dpkg/info/linux-livepatch.list cannot be read (EISDIR)',
    ],
    [
      'longer than is kept',
      {
        'var/lib/dpkg/status': Array.from({ length: 1001 }, (_, index) =>
          stanza(`livepatch-${index}`, '4'),
        ).join(''),
      },
      '/var/lib/dpkg/status names more than 1000 packages of kernels and live patches',
    ],
  ])(
    'a database that is %s fails the source, so that no patch is taken for one that nobody packaged',
    async (_, database, why) => {
      const tree = aTree(kernel(running), patch(1, 0, 'livepatch_cache_4'), database, {
        'proc/sys/kernel/osrelease': `${running}\n`,
        [`usr/lib/livepatch/${running}/livepatch-cache-4.ko`]: 'module',
      })
      const reading = await aReader(tree)()
      expect(sourceOf(reading)).toMatchObject({
        status: 'failed',
        reason: expect.stringContaining(`dpkg: ${why}.`),
      })
      expect(reading.patches).toMatchObject([{ package: null }])
      expect(reading.reboot).toMatchObject({ pending: null, installedKernel: running })
    },
  )

  test.each(['var/lib/kpatch', 'lib/modules', `usr/lib/livepatch/${running}`])(
    'a directory of modules that cannot be listed, %s, fails the source, and is not taken for an empty one',
    async (directory) => {
      const tree = aHost('livepatch_cache_3', { [`var/lib/kpatch/${running}/livepatch-own.ko`]: 'module' })
      tree.write({ [directory]: null })
      tree.write({ [directory]: { link: directory.slice(directory.lastIndexOf('/') + 1) } })
      expect(sourceOf(await aReader(tree)())).toMatchObject({
        status: 'failed',
        reason: expect.stringContaining(`/${directory} cannot be listed (ELOOP)`),
      })
    },
  )

  test('modules of older kernels, however many, do not hide those of the running one', async () => {
    const name = (index: number) => `kpatch-${String(index).padStart(3, '0')}`
    const older = Array.from({ length: 128 }, (_, index) => ({
      [`var/lib/kpatch/5.10.0-1-amd64/${name(index)}.ko`]: 'module',
    }))
    const releases = Array.from({ length: 64 }, (_, index) => ({
      [`var/lib/kpatch/5.10.0-1${index}-amd64/`]: '',
    }))
    const tree = aTree(debian(debianKernel), kernel(running), ...older, ...releases, {
      [`var/lib/kpatch/${running}/kpatch-now.ko`]: 'module',
    })
    const [first] = (await aReader(tree)()).available
    expect(first).toMatchObject({ forKernel: running, patch: 'kpatch_now' })
  })

  test('without any database the files on disk are told, and nobody is said to have been asked of packages', async () => {
    const tree = aTree(kernel(running), patch(1, 0, 'livepatch_own'), {
      'proc/sys/kernel/osrelease': `${running}\n`,
      [`var/lib/kpatch/${running}/livepatch-own.ko`]: 'module',
    })
    const reading = await aReader(tree)()
    expect(sourceOf(reading)).toMatchObject({ status: 'absent' })
    expect(reading.available).toMatchObject([{ patch: 'livepatch_own', cves: null }])
  })

  test('another manager’s database without its program changes nothing', async () => {
    const tree = aHost('livepatch_cache_4', { 'var/lib/rpm/rpmdb.sqlite': 'SQLite format 3' })
    expect(sourceOf(await aReader(tree)())).toMatchObject({ status: 'ok' })
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
