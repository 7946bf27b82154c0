import { existsSync } from 'node:fs'
import { parseDpkgOwners } from '@graftwatch/livepatch/parse/dpkg'
import { describe, expect, test } from 'vitest'
import { packagePrograms } from '../src/packages/package-programs.ts'
import { ask } from '../src/programs.ts'
import { patch } from './host-tree.ts'
import {
  aReader,
  aTree,
  debian,
  debianKernel,
  kernel,
  moduleOfBuild,
  noting,
  packageOfAcme,
  running,
  sourceOf,
  stanza,
  writeBytes,
} from './package-hosts.ts'

describe('a package of the shop, by whose name nobody knows that it holds a live patch', () => {
  const module = `usr/lib/livepatch/${running}/acme.ko`
  const owned = `acme-hotfix: /${module}\n`
  const acme = () =>
    aTree(
      debian(debianKernel + stanza('acme-hotfix', '4')),
      kernel(running),
      patch(1, 0, 'acme'),
      patch(0, 0, 'off'),
      { [module]: 'module', [`usr/lib/livepatch/${running}/off.ko`]: 'module' },
    )

  test('is found by the file of the patch that is on, and asked for once while nothing changes', async () => {
    const tree = acme()
    const { asked, answers } = noting(owned)
    const read = aReader(tree, { dpkgOwners: answers })
    await read()
    const reading = await read()
    expect(sourceOf(reading)).toMatchObject({ status: 'ok' })
    const packages = Object.fromEntries(reading.patches.map(({ name, package: from }) => [name, from]))
    expect(packages).toEqual({ acme: 'acme-hotfix', off: null })
    expect(asked).toEqual([[`/lib/livepatch/${running}/acme.ko`, `/${module}`]])
    tree.write({ 'var/lib/dpkg/status': debianKernel })
    await read()
    expect(asked).toHaveLength(2)
  })

  test('owns the module that kpatch copied, if that is the same build', async () => {
    const tree = acme()
    const copy = `var/lib/kpatch/${running}/acme.ko`
    const answer = {
      dpkgOwners: async (paths: readonly string[]) => (paths.includes(`/${module}`) ? owned : ''),
    }
    tree.write({ 'sys/module/acme/srcversion': 'ABCDEF\n' })
    writeBytes(tree, copy, moduleOfBuild('ABCDEF'))
    writeBytes(tree, module, moduleOfBuild('ABCDEF'))
    expect(packageOfAcme(await aReader(tree, answer)())).toBe('acme-hotfix')
    writeBytes(tree, module, moduleOfBuild('123456'))
    expect(packageOfAcme(await aReader(tree, answer)())).toBeNull()
  })

  test('that no package owns it is an answer', async () => {
    const reading = await aReader(acme(), { dpkgOwners: async () => 'dpkg: /usr/bin/dpkg-query\n' })()
    expect(sourceOf(reading)).toMatchObject({ status: 'ok' })
    expect(packageOfAcme(reading)).toBeNull()
  })

  test('is unknown from outside, which fails the source only where there is such a file', async () => {
    const tree = acme()
    const outside = await aReader(tree)()
    expect(sourceOf(outside)).toMatchObject({
      status: 'failed',
      reason: expect.stringContaining('Install the agent on the host itself.'),
    })
    expect(packageOfAcme(outside)).toBeNull()
    tree.write({ 'sys/kernel/livepatch/acme/enabled': '0\n' })
    expect(sourceOf(await aReader(tree)())).toMatchObject({ status: 'ok' })
  })

  test.each([
    ['with what it owns', `echo 'dpkg: /usr/bin/dpkg-query'; echo '${owned.trim()}'`, 'ok', 'acme-hotfix'],
    ['that nobody does', "echo 'dpkg: /usr/bin/dpkg-query'; echo no path found >&2; exit 1", 'ok', null],
    ['without reading its database', 'echo no path found >&2; exit 1', 'failed', null],
    ['as if it were empty', 'exit 0', 'failed', null],
    ['with an error', "echo 'dpkg: /usr/bin/dpkg-query'; exit 2", 'failed', null],
    ['by being killed', 'kill -9 $$', 'failed', null],
    ['with too much', 'yes', 'failed', null],
  ])('dpkg-query answering %s', async (_, script, status, from) => {
    const asked = packagePrograms({ isLive: true }, (program) =>
      ask({ ...program, paths: program.args[0] === '--search' ? ['/bin/sh'] : [], args: ['-c', script] }),
    )
    const reading = await aReader(acme(), asked)()
    expect([sourceOf(reading)?.status, packageOfAcme(reading)]).toEqual([status, from])
  })

  test('is asked for with a dpkg-query of this host, if it has one', async ({ skip }) => {
    if (!existsSync('/usr/bin/dpkg-query')) return skip('no dpkg-query')
    const answer = await packagePrograms({ isLive: true }).dpkgOwners(['/usr/bin/dpkg', '/nowhere/acme.ko'])
    expect([...parseDpkgOwners(answer ?? '')].sort()).toEqual([
      ['/usr/bin/dpkg', 'dpkg'],
      ['/usr/bin/dpkg-query', 'dpkg'],
    ])
    expect(await packagePrograms({ isLive: true }).dpkgOwners(['/nowhere/acme.ko'])).toContain('dpkg:')
  })
})
