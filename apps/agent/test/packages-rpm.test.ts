import { readFileSync } from 'node:fs'
import { reduce } from '@graftwatch/livepatch'
import { describe, expect, test } from 'vitest'
import { packagePrograms } from '../src/packages/package-programs.ts'
import { ask, programs as programTable } from '../src/programs.ts'
import { type HostTree, patch } from './host-tree.ts'
import { aReader, aTree, expectReport, kernel, noting, packageOfAcme, sourceOf } from './package-hosts.ts'

/**
 * The answers in rpm/ are rpm 4.18's own, of packages made from the specs beside them with `rpmbuild -bb` and installed into a
 * root of their own; the formats asked with are rpmPatchFormat and rpmKernelFormat.
 */
const answer = (name: string): string => readFileSync(new URL(`rpm/${name}`, import.meta.url), 'utf8')

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

  test('without rpm’s word the names of files are all that is said, and the source says so', async () => {
    const reading = await aReader(rhel('kpatch_5_14_0_284_11_1_1_3'))()
    expect(sourceOf(reading)).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('Install the agent on the host itself.'),
    })
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

  test.each([
    ['was killed', 'kill -9 $$', '/usr/bin/rpm was ended by a signal'],
    ['failed half way', "printf 'package\\tother\\t1\\t1\\t1\\n'; exit 1", '/usr/bin/rpm ended with 1'],
    ['was cut off', 'yes package', '/usr/bin/rpm had more to say than 2097152 bytes'],
    ['named more than is kept', "yes 'package\tp\t1\t1\t1' | head -n 257", 'it names more than 256 packages'],
  ])(
    'an answer of an rpm that %s is no answer, so that no patch is taken for unpackaged',
    async (_, script, why) => {
      const asked = packagePrograms({ isLive: true }, (program) =>
        ask({
          ...program,
          paths: program === programTable.rpmPatchPackages ? ['/bin/sh'] : [],
          args: ['-c', script],
        }),
      )
      const reading = await aReader(rhel('kpatch_5_14_0_284_11_1_1_3'), asked)()
      expect(sourceOf(reading)).toMatchObject({
        status: 'failed',
        reason: expect.stringContaining(`rpm: ${why}`),
      })
      expect(reading.patches).toMatchObject([{ package: null }])
    },
  )

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

  describe('a package of the shop, by whose name nobody knows that it holds a live patch', () => {
    const module = `/usr/lib/livepatch/${own}/acme.ko`
    const acme = () => rhel('acme', { [module.slice(1)]: 'module' })
    // What rpm 4.18 printed of such a package, and of a file that none owns.
    const owned = [
      'package\tacme-hotfix\t4\t1\t1795699203',
      `file\t/usr/lib/livepatch/${own}`,
      `file\t${module}`,
      'change\tOps <ops@example.org> - 4-1',
      '- Fix CVE-2026-2222',
    ].join('\n')
    const unowned = `file ${module} is not owned by any package\n`

    test('is found by the file of its patch, with what its changelog fixes, and asked for once', async () => {
      const { asked, answers } = noting(owned)
      const read = aReader(acme(), { ...programs, rpmOwners: answers })
      await read()
      const reading = await read()
      expect(sourceOf(reading)).toMatchObject({ status: 'ok' })
      expect(reading.patches).toMatchObject([{ package: 'acme-hotfix', cves: ['CVE-2026-2222'] }])
      expect(reading.available).toContainEqual(
        expect.objectContaining({ patch: 'acme', package: 'acme-hotfix', version: '4-1' }),
      )
      expect(asked).toEqual([[module]])
    })

    test.each([
      ['with what owns it', `printf '%s' '${owned}'`, 'ok', 'acme-hotfix'],
      ['that nobody does', `printf '%s' '${unowned}'; exit 1`, 'ok', null],
      [
        'that nobody does, as it cannot open its database',
        `printf '%s' '${unowned}'; echo 'error: cannot open Packages database in /var/lib/rpm' >&2; exit 1`,
        'failed',
        null,
      ],
      ['of fewer files than it did not find', `printf '%s' '${unowned}'; exit 2`, 'failed', null],
      ['with an error', 'exit 1', 'failed', null],
      ['by being killed', 'kill -9 $$', 'failed', null],
      ['with too much', 'yes', 'failed', null],
    ])('rpm answering %s', async (_, script, status, from) => {
      const { rpmOwners } = packagePrograms({ isLive: true }, (program) =>
        ask({ ...program, paths: ['/bin/sh'], args: ['-c', script] }),
      )
      const reading = await aReader(acme(), { ...programs, rpmOwners })()
      expect([sourceOf(reading)?.status, packageOfAcme(reading)]).toEqual([status, from])
    })
  })

  describe('SUSE', () => {
    const suse = '5.14.21-150400.24.33-default'
    const module = `lib/modules/${suse}/livepatch/livepatch-6-150400_2_2.ko`
    const host = (loaded: string) =>
      aTree(
        {
          'etc/os-release': 'ID="sles"\nVERSION_ID="15.4"\n',
          'proc/sys/kernel/osrelease': `${suse}\n`,
          'usr/lib/sysimage/rpm/Packages.db': 'RpmP',
          [module]: 'module',
        },
        kernel(suse),
        patch(1, 0, loaded),
      )
    const livePatchPackages = async () => answer('live-patch-packages-suse.txt')
    const name = 'kernel-livepatch-5_14_21-150400_24_33-default'
    const cves = ['CVE-2023-1652', 'CVE-2023-1118', 'CVE-2023-26545']

    test('the package’s changelog tells what the loaded patch fixes, and an older one’s share is not guessed', async () => {
      const current = await aReader(host('livepatch_6_150400_2_2'), { livePatchPackages })()
      expect(current.patches).toMatchObject([{ manager: 'klp', package: name, cves }])
      expect(current.available).toEqual([
        { package: name, version: '6-150400.2.2', forKernel: suse, patch: 'livepatch_6_150400_2_2', cves },
      ])
      const older = await aReader(host('livepatch_5_150400_2_1'), { livePatchPackages })()
      expect(older.patches).toMatchObject([{ package: name, cves: null }])
    })

    test('§14 #42: klp’s own word comes first, and an initial patch fixes nothing', async () => {
      const reading = await aReader(host('livepatch_1_5_3_2'), {
        livePatchPackages,
        loadedPatches: async () =>
          'livepatch_1_5_3_2\n    active: 1\n    RPM: kernel-livepatch-5_3_18-24_34-default-1-5.3.2.x86_64\n    CVE: (none - this is an initial kernel live patch)\n',
      })()
      expect(reading.patches).toMatchObject([{ package: 'kernel-livepatch-5_3_18-24_34-default', cves: [] }])
      const { truth } = reduce(
        null,
        { ...reading, sequence: 1 },
        { at: Date.parse(reading.collectedAt), sentAt: null },
      )
      expect(truth.flags).toContain('placeholder')
    })
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
