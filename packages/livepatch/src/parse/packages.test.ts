import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { cvesOf, parseDebianChangelog, versionOfHeading } from './changelog.ts'
import {
  kernelReleaseOfPackage,
  moduleFilesIn,
  parseDpkgOwners,
  parseDpkgParagraph,
  runningPackageVersion,
} from './dpkg.ts'
import { findModinfo, moduleNameOf, releaseOfModuleFile } from './module-file.ts'
import { parsePatchList, splitPackageName } from './patch-list.ts'
import { parseRpmPackages, unownedIn } from './rpm.ts'

test('CVEs are taken once each, whatever stands around them', () => {
  expect(
    cvesOf('{CVE-2018-12207} cve-2019-11135, CVE-2018-12207; XCVE-2020-1111 CVE-20-1 CVE-2020-12345678901'),
  ).toEqual(['CVE-2018-12207', 'CVE-2019-11135'])
})

test('klp tells which package a patch is from and what it fixes; an initial patch fixes nothing', () => {
  const initial = `livepatch_1_5_3_2
    active: 1
    RPM: kernel-livepatch-5_3_18-24_34-default-1-5.3.2.x86_64
    CVE: (none - this is an initial kernel live patch)
    bug fixes and enhancements: (none)
`
  expect(parsePatchList(initial)).toEqual([
    {
      name: 'livepatch_1_5_3_2',
      package: { name: 'kernel-livepatch-5_3_18-24_34-default', version: '1-5.3.2' },
      cves: [],
    },
  ])
})

test('kgr says nothing of an inactive patch, which is not the same as no CVE', () => {
  const two = `kgraft_patch_2_2_1
    active: 0

kgraft_patch_3_2_1
    active: 1
    RPM: kgraft-patch-3_12_51-60_25-default-3-2.1.x86_64
    CVE: CVE-2016-2384 CVE-2016-0774 CVE-2015-8812 CVE-2015-8709 CVE-2015-8660 CVE-2015-8539 CVE-2013-7446
    bug fixes and enhancements: (none)
`
  const [inactive, active] = parsePatchList(two)
  expect(inactive).toEqual({ name: 'kgraft_patch_2_2_1', package: null, cves: null })
  expect(active?.package?.name).toBe('kgraft-patch-3_12_51-60_25-default')
  expect(active?.cves).toHaveLength(7)
})

test('a package name is split at its last two dashes', () => {
  expect(splitPackageName('kpatch-patch-5_14_0-284_11_1-1-2.el9_2.x86_64')).toEqual({
    name: 'kpatch-patch-5_14_0-284_11_1',
    version: '1-2.el9_2',
  })
  expect(splitPackageName('nodash')).toBeNull()
})

test('headings of rpm changelogs name their version in one of two ways, or not at all', () => {
  expect(versionOfHeading('Joe Lawrence <joe.lawrence@redhat.com> [1-4.el8]')).toBe('1-4.el8')
  expect(versionOfHeading('Builder <builder@amazon.com> - 1.0-3.amzn2')).toBe('1.0-3.amzn2')
  expect(versionOfHeading('nstange@suse.de')).toBeNull()
})

test('an rpm answer with more than is kept is none', () => {
  const packages = (count: number) => 'package\tp\t1\t1\t1\n'.repeat(count)
  expect(parseRpmPackages(packages(256))).toHaveLength(256)
  expect(() => parseRpmPackages(packages(257))).toThrow('more than 256 packages')
  const modules = (count: number) => packages(1) + 'file\t/usr/lib/kpatch/a.ko\n'.repeat(count)
  expect(parseRpmPackages(modules(256))[0]?.modules).toHaveLength(256)
  expect(() => parseRpmPackages(modules(257))).toThrow('more than 256 modules of p')
})

test('an rpm answer is read up to where it was cut off', () => {
  const answer = [
    'package\tkpatch-patch-4_18_0-147\t1\t4.el8\t1575417600',
    'file\t/usr/lib/kpatch/4.18.0-147.el8.x86_64/kpatch-4_18_0-147-1-4.ko',
    'file\t/usr/share/licenses/kpatch/COPYING',
    'change\tJoe Lawrence <joe.lawrence@redhat.com> [1-4.el8]',
    '- hw: [incomplete fix] Machine Check Error on Page Size Change (IFU) [1779250] {CVE-2018-12207}',
    'change\tJosh Poimboeuf <jpoimboe@redhat.com> [1-3.el8]',
    '- Fix sysfs reporting for MDS-affected systems [1766986] {CVE-2019-11135}',
    'package\tkpatch-pat',
  ].join('\n')
  expect(parseRpmPackages(answer)).toEqual([
    {
      name: 'kpatch-patch-4_18_0-147',
      version: '1',
      release: '4.el8',
      builtAtMs: 1575417600000,
      modules: ['/usr/lib/kpatch/4.18.0-147.el8.x86_64/kpatch-4_18_0-147-1-4.ko'],
      changes: [
        { version: '1-4.el8', cves: ['CVE-2018-12207'] },
        { version: '1-3.el8', cves: ['CVE-2019-11135'] },
      ],
    },
  ])
})

test.each([
  ['install ok installed', true],
  ['hold ok installed', true],
  ['install ok triggers-pending', true],
  ['deinstall ok config-files', false],
  ['install ok half-installed', false],
  ['install ok unpacked', false],
])('a package with the status "%s" is installed: %s', (status, isInstalled) => {
  const text = `Package: linux-image-6.1.0-41-amd64\nStatus: ${status}\nVersion: 6.1.158-1\nDescription: x\n Version: 1`
  expect(parseDpkgParagraph(text)).toEqual(
    isInstalled ? { name: 'linux-image-6.1.0-41-amd64', version: '6.1.158-1' } : null,
  )
})

test.each([
  ['linux-image-6.1.0-41-amd64', '6.1.0-41-amd64'],
  ['linux-image-unsigned-6.8.0-88-generic', '6.8.0-88-generic'],
  ['linux-image-6.12.90+deb13.1-amd64', '6.12.90+deb13.1-amd64'],
  ['linux-image-6.12.90+deb13-amd64-unsigned', '6.12.90+deb13-amd64'],
  ['proxmox-kernel-6.8.12-9-pve-signed', '6.8.12-9-pve'],
  ['linux-image-virtual', null],
  ['linux-image-generic-hwe-24.04', null],
  ['linux-image-amd64', null],
  ['linux-image-rpi-v8', null],
  ['linux-image-6.1.0-41-amd64-dbg', null],
  ['proxmox-kernel-6.8', null],
])('%s installs the kernel %s', (name, release) => {
  expect(kernelReleaseOfPackage(name)).toBe(release)
})

test('the running build is named by the kernel itself, where it is Debian or Ubuntu', () => {
  expect(runningPackageVersion('#1 SMP PREEMPT_DYNAMIC Debian 6.1.55-1 (2023-09-29)', '')).toBe('6.1.55-1')
  expect(runningPackageVersion('#1 SMP PREEMPT Debian 1:6.12.62-1+rpt1 (2025-12-18)', '')).toBe(
    '1:6.12.62-1+rpt1',
  )
  expect(runningPackageVersion('#89-Ubuntu SMP', 'Ubuntu 6.8.0-88.89~22.04.1-generic 6.8.12')).toBe(
    '6.8.0-88.89~22.04.1',
  )
  expect(runningPackageVersion('#1 SMP Thu Nov 2 08:17:43 EDT 2023', '')).toBeNull()
})

test('a Debian changelog is read by version', () => {
  const text = `linux-livepatch (3) stable; urgency=high

  * Fix CVE-2026-1111.

 -- Ops <ops@example.org>  Mon, 02 Nov 2026 10:00:00 +0000

linux-livepatch (2) stable; urgency=high

  * Fix CVE-2026-0001 and CVE-2026-0002 (again).

 -- Ops <ops@example.org>  Mon, 05 Oct 2026 10:00:00 +0000
`
  expect(parseDebianChangelog(text)).toEqual([
    { version: '3', cves: ['CVE-2026-1111'] },
    { version: '2', cves: ['CVE-2026-0001', 'CVE-2026-0002'] },
  ])
})

test('module files are named as the kernel lists them, and belong to the kernel whose directory they lie in', () => {
  const rhel = '/usr/lib/kpatch/5.14.0-284.11.1.el9_2.x86_64/kpatch-5_14_0-284_11_1-1-1.ko'
  expect([moduleNameOf(rhel), releaseOfModuleFile(rhel)]).toEqual([
    'kpatch_5_14_0_284_11_1_1_1',
    '5.14.0-284.11.1.el9_2.x86_64',
  ])
  const suse = '/lib/modules/6.4.0-150600.23.25-default/livepatch/livepatch-12-150600_2_1.ko.zst'
  expect([moduleNameOf(suse), releaseOfModuleFile(suse)]).toEqual([
    'livepatch_12_150600_2_1',
    '6.4.0-150600.23.25-default',
  ])
  expect([moduleNameOf('/etc/passwd'), releaseOfModuleFile('/opt/x/p.ko')]).toEqual([null, null])
  expect(moduleFilesIn('/.\n/usr/lib/livepatch/6.1.0/p.ko\n/usr/share/doc/p.ko.txt\n')).toEqual([
    '/usr/lib/livepatch/6.1.0/p.ko',
  ])
})

/** A 64-bit ELF file with `.modinfo` and the names of its sections, in the byte order asked for. */
function anElf(modinfo: string, little: boolean, sections = 3): Uint8Array {
  const names = '\0.modinfo\0.shstrtab\0'
  const bytes = new Uint8Array(64 + sections * 64 + modinfo.length + names.length)
  const data = new DataView(bytes.buffer)
  data.setUint32(0, 0x7f454c46)
  data.setUint8(4, 2)
  data.setUint8(5, little ? 1 : 2)
  data.setBigUint64(40, 64n, little)
  data.setUint16(58, 64, little)
  data.setUint16(60, sections, little)
  data.setUint16(62, 2, little)
  const put = (index: number, name: number, at: number, size: number): void => {
    data.setUint32(64 + index * 64, name, little)
    data.setBigUint64(64 + index * 64 + 24, BigInt(at), little)
    data.setBigUint64(64 + index * 64 + 32, BigInt(size), little)
  }
  const end = 64 + sections * 64
  put(1, 1, end, modinfo.length)
  put(2, 10, end + modinfo.length, names.length)
  bytes.set(Buffer.from(modinfo + names, 'latin1'), end)
  return bytes
}

test.each([true, false])('the build of a module file is in its .modinfo, little-endian %s', (little) => {
  const file = anElf('license=GPL\0srcversion=0A1B2C3D4E5F60718293A4B\0livepatch=Y\0', little)
  const modinfo = findModinfo((offset, length) => file.subarray(offset, offset + length))
  expect(modinfo?.get('srcversion')).toBe('0A1B2C3D4E5F60718293A4B')
  expect(modinfo?.get('livepatch')).toBe('Y')
})

test('a file that is no ELF file, or ends early, has no build', () => {
  const file = anElf('srcversion=A\0', true)
  for (let length = 0; length < file.length; length += 7) {
    const cut = file.subarray(0, length)
    expect(() => findModinfo((offset, size) => cut.subarray(offset, offset + size))).not.toThrow()
  }
  const script = readFileSync(new URL(import.meta.url))
  expect(findModinfo((offset, size) => script.subarray(offset, offset + size))).toBeNull()
})

test('dpkg-query names the owners of files: one, one of an architecture, the first of several, none of a diversion', () => {
  const text = `coreutils: /bin/ls
libc6:amd64: /usr/share/doc/libc6/copyright
libusbredirparser1:amd64, liburing2:amd64, rpm: /usr/share/doc
diversion by dash from: /bin/sh
diversion by dash to: /bin/sh.distrib
local diversion from: /usr/lib/a
acme-hotfix: relative
Acme: /usr/lib/b
acme-hotfix: /usr/lib/livepatch/6.1.0-41-amd64/acme: 2.ko
`
  expect([...parseDpkgOwners(text)]).toEqual([
    ['/bin/ls', 'coreutils'],
    ['/usr/share/doc/libc6/copyright', 'libc6'],
    ['/usr/share/doc', 'libusbredirparser1'],
    ['/usr/lib/livepatch/6.1.0-41-amd64/acme: 2.ko', 'acme-hotfix'],
  ])
  expect(parseDpkgOwners('').size).toBe(0)
})

test('rpm says of each file that no package owns it', () => {
  const text = `package\tacme-hotfix\t4\t1\t1795699203
file\t/usr/lib/livepatch/5.14.0-284.11.1.el9_2.x86_64/acme.ko
change\tOps <ops@example.org> - 4-1
- a file /b is not owned by any package
file /usr/lib/kpatch/own.ko is not owned by any package
file /usr/lib/kpatch/other.ko is not owned by any package
`
  expect(unownedIn(text)).toBe(2)
  expect(parseRpmPackages(text)).toHaveLength(1)
  expect(unownedIn('')).toBe(0)
})
