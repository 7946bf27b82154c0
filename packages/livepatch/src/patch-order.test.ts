import { expect, test } from 'vitest'
import { compareOnDisk, isNewer } from './patch-order.ts'

test.each([
  ['livepatch_13', 'livepatch_12', true],
  ['livepatch_9', 'livepatch_12', false],
  ['kpatch_5_14_0_284_11_1_1_2', 'kpatch_5_14_0_284_11_1_1_1', true],
  ['livepatch_12', 'livepatch_12', false],
  ['hotfix_13', 'livepatch_12', false],
  ['livepatch_CVE_2020_8648', 'livepatch_CVE_2019_20096', false],
])('%s is newer than %s: %s', (name, than, answer) => {
  expect(isNewer(name, than)).toBe(answer)
})

const suse = { name: 'livepatch_12_150600_2_1', package: null, version: null }
const redHat = { name: 'kpatch_5_14_0_284_11_1_1_1', package: null, version: null }
const topic = { name: 'livepatch_cifs_lease', package: null, version: null }

test.each([
  ['SUSE, newer', suse, 'kernel-livepatch-6_4_0-150600_23_25-default', '13-150600.2.1', 1],
  ['SUSE, the same', suse, 'kernel-livepatch-6_4_0-150600_23_25-default', '12-150600.2.1', 0],
  ['SUSE, older', suse, 'kernel-livepatch-6_4_0-150600_23_25-default', '9-150600.2.1', -1],
  ['Red Hat, newer', redHat, 'kpatch-patch-5_14_0-284_11_1', '1-2.el9_2', 1],
  ['Red Hat, the same', redHat, 'kpatch-patch-5_14_0-284_11_1', '1-1.el9_2', 0],
  ['a directory of modules, newer', redHat, 'kpatch_5_14_0_284_11_1_1_3.ko', '', 1],
  ['a directory of modules, the same', redHat, 'kpatch-5_14_0_284_11_1_1_1.ko', '', 0],
  [
    'one package, newer',
    { ...topic, package: 'kernel-livepatch', version: '1.0-3' },
    'kernel-livepatch',
    '1.0-4',
    1,
  ],
  ['Amazon, named after a topic', topic, 'kernel-livepatch-6.1', '1.0-4', null],
] as const)('on disk: %s', (_name, patch, packageName, version, answer) => {
  const order = compareOnDisk({ package: packageName, version, forKernel: '' }, patch)
  expect(order === null ? null : Math.sign(order)).toBe(answer)
})

test.each([
  ['livepatch_cache_4', 1],
  ['livepatch_cache_3', 0],
  ['livepatch_cache_2', -1],
  ['livepatch_other_9', null],
])('on disk: a package that tells it would load %s', (patch, answer) => {
  const entry = { package: 'linux-livepatch-4.19.0-27-amd64', version: '4', forKernel: '', patch }
  const order = compareOnDisk(entry, { name: 'livepatch_cache_3', package: null, version: null })
  expect(order === null ? null : Math.sign(order)).toBe(answer)
})
