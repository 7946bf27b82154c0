import { expect, test } from 'vitest'
import {
  compareDpkgVersions,
  compareReleases,
  compareRpmParts,
  compareRpmVersions,
  flavorOf,
} from './versions.ts'

/** Both ways round, so that no order is one-sided. */
function check(compare: (a: string, b: string) => number, table: string): void {
  const wrong = table
    .trim()
    .split('\n')
    .flatMap((line) => line.trim().split(/;\s*/))
    .filter((row) => {
      const [a = '', sign, b = ''] = row.split(' ')
      const expected = sign === '<' ? -1 : sign === '>' ? 1 : 0
      return compare(a, b) !== expected || compare(b, a) !== (expected === 0 ? 0 : -expected)
    })
  expect(wrong).toEqual([])
}

// The table of rpm's own test suite, rpmvercmp.at.
test('versions are ordered as rpm orders them', () => {
  check(
    compareRpmParts,
    `1.0 = 1.0; 1.0 < 2.0; 2.0.1 = 2.0.1; 2.0 < 2.0.1; 2.0.1a = 2.0.1a; 2.0.1a > 2.0.1
     5.5p1 = 5.5p1; 5.5p1 < 5.5p2; 5.5p10 = 5.5p10; 5.5p1 < 5.5p10; 10xyz < 10.1xyz; xyz10 = xyz10; xyz10 < xyz10.1
     xyz.4 = xyz.4; xyz.4 < 8; xyz.4 < 2; 5.5p2 < 5.6p1; 5.6p1 < 6.5p1; 6.0.rc1 > 6.0; 10b2 > 10a1
     1.0aa = 1.0aa; 1.0a < 1.0aa; 10.0001 = 10.0001; 10.0001 = 10.1; 10.0001 < 10.0039; 4.999.9 < 5.0
     20101121 = 20101121; 20101121 < 20101122; 2_0 = 2_0; 2.0 = 2_0
     a = a; a+ = a+; a+ = a_; +a = +a; +a = _a; +_ = +_; _+ = +_; + = _
     1.0~rc1 = 1.0~rc1; 1.0~rc1 < 1.0; 1.0~rc1 < 1.0~rc2; 1.0~rc1~git123 = 1.0~rc1~git123; 1.0~rc1~git123 < 1.0~rc1
     1.0^ = 1.0^; 1.0^ > 1.0; 1.0^git1 = 1.0^git1; 1.0^git1 > 1.0; 1.0^git1 < 1.0^git2; 1.0^git1 < 1.01
     1.0^20160101 = 1.0^20160101; 1.0^20160101 < 1.0.1; 1.0^20160102 > 1.0^20160101^git1
     1.0~rc1^git1 = 1.0~rc1^git1; 1.0~rc1^git1 > 1.0~rc1; 1.0^git1~pre = 1.0^git1~pre; 1.0^git1 > 1.0^git1~pre
     1b.fc17 = 1b.fc17; 1b.fc17 < 1.fc17; 1g.fc17 > 1.fc17; 1.1.α = 1.1.α; 1.1.α = 1.1.β`,
  )
})

test('rpm compares the epoch first and a release only where both have one', () => {
  check(
    compareRpmVersions,
    '1:1.0-1 > 2.0-9; 0:1.0-1 = 1.0-1; 1.0 = 1.0-7; 1.0-1.el9 < 1.0-2.el9; 1.0-10 > 1.0-9',
  )
})

// Rows of dpkg's own test suite, t-version.c, and of deb-version(7).
test('versions are ordered as dpkg orders them', () => {
  check(
    compareDpkgVersions,
    `0:0-0 = 0:0-0; 0:0-00 = 0:00-0; 1:2-3 = 1:2-3; 0:0-0 = 0; 0-0 = 0; 0 = 0-00
     1:0-0 > 0:9-9; 0:a-0 < 0:b-0; 0:1-0 < 0:2-0; 0:0-a < 0:0-b; 1.0 = 1.00; 1.0-1 < 1.0-1.1; 1.0 < 1.0.1
     1~rc1 < 1; 1~ < 1; 1~~ < 1~; 1~~a < 1~~b; 1~~ < 1~~a; 1a < 1+; 1a > 1; 1.2 < 1.11; 1.0+git > 1.0
     2.2~rc-4 < 2.2-1; 1.1-20080727-1 > 1.1-20080316-1; 9:1.18.36:5.4 < 10:0.5.1-22; 1.18.36:5.4 < 1.18.37:1.1
     5.1b-2 > 5.1a-1; 1:6.18.39-1+rpt1 > 6.18.40-1`,
  )
})

test('kernel releases are ordered as their packages are', () => {
  check(
    (a, b) => compareReleases(a, b, 'dpkg'),
    `6.12.100+deb13-amd64 > 6.12.96+deb13-amd64; 6.12.90+deb13.1-amd64 > 6.12.90+deb13-amd64
     6.8.0-100-generic > 6.8.0-31-generic; 6.8.0-100-generic > 6.8.0-88-generic; 6.8.12-9-pve < 6.8.12-10-pve`,
  )
  check(
    (a, b) => compareReleases(a, b, 'rpm'),
    `5.14.0-427.9.1.el9_4.x86_64 < 5.14.0-427.13.1.el9_4.x86_64; 5.14.0-427.el9.x86_64 < 5.14.0-427.13.1.el9_4.x86_64
     6.4.0-150600.23.9-default < 6.4.0-150600.23.25-default; 5.10.102-99.473.amzn2.x86_64 > 5.10.96-90.460.amzn2.x86_64
     5.15.0-200.131.27.el8uek.x86_64 > 5.15.0-101.103.2.1.el8uek.x86_64`,
  )
})

test.each([
  ['6.18.39+rpt-rpi-v7', 'rpi-v7'],
  ['6.12.62+rpt-rpi-2712', 'rpi-2712'],
  ['6.8.0-100-generic', 'generic'],
  ['6.8.0-1047-aws', 'aws'],
  ['6.12.74+deb13+1-rt-amd64', 'rt-amd64'],
  ['6.1.0-0.deb11.41-cloud-amd64', 'cloud-amd64'],
  ['6.4.0-150600.23.25-default', 'default'],
  ['6.8.12-9-pve', 'pve'],
  ['5.14.0-284.11.1.el9_2.x86_64', 'el'],
  ['5.14.0-503.11.1.el9_5.aarch64+64k', 'el+64k'],
  ['4.18.0-513.rt7.304.el8.x86_64', 'rt.el'],
  ['5.15.0-200.131.27.el8uek.x86_64', 'eluek'],
  ['5.10.102-99.473.amzn2.x86_64', 'amzn'],
  ['6.1.0-1.el9.elrepo.x86_64', 'el.elrepo'],
  ['6.1.0', ''],
])('the flavor of %s is "%s"', (release, flavor) => {
  expect(flavorOf(release)).toBe(flavor)
})
