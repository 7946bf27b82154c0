import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { root } from '../supervisor/settings.ts'
import { install, needsInstall } from './install.mjs'
import { findNode } from './node.mjs'
import { Trouble } from './step.mjs'
import { explain } from './trouble.mjs'

let folder

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'graftwatch-bootstrap-'))
  lock({ 'node_modules/pear': { version: '1.0.0' } })
})
afterEach(() => rmSync(folder, { recursive: true }))

function lock(packages, file = 'package-lock.json') {
  writeFileSync(join(folder, file), JSON.stringify({ packages: { '': {}, ...packages } }))
}

/** Stands in for npm ci: leaves what npm leaves, dies in the middle, or forgets something and is content. */
const npm = (outcome) => async () => {
  mkdirSync(join(folder, 'node_modules'), { recursive: true })
  if (outcome === 'broken') throw new Trouble('npm failed', 'npm error code ENOSPC')
  const { packages } = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8'))
  lock(outcome === 'whole' ? packages : {}, 'node_modules/.package-lock.json')
}

test('installs once, and again when the lockfile is another', async () => {
  expect(await install(folder, npm('whole'))).toBe(true)
  expect(await install(folder, npm('whole'))).toBe(false)
  lock({ 'node_modules/pear': { version: '2.0.0' } })
  expect(await install(folder, npm('whole'))).toBe(true)
})

test('an install that broke off is repeated', async () => {
  await install(folder, npm('whole'))
  lock({ 'node_modules/pear': { version: '2.0.0' } })
  await expect(install(folder, npm('broken'))).rejects.toThrow('npm failed')
  expect(needsInstall(folder)).toBe(true)
})

test('an install that left something out is not good, whatever npm says', async () => {
  await expect(install(folder, npm('partial'))).rejects.toThrow('npm left out node_modules/pear.')
  expect(needsInstall(folder)).toBe(true)
})

test('a tree that someone installed by hand is good if it is the one of the lockfile', () => {
  const here = { version: '1.0.0', optional: true, os: [process.platform], cpu: [process.arch] }
  const elsewhere = { ...here, os: ['plan9'] }
  const pear = { version: '1.0.0' }
  mkdirSync(join(folder, 'node_modules'))
  lock({ 'node_modules/pear': pear, 'node_modules/fig': here, 'node_modules/kiwi': elsewhere })
  for (const [installed, needs] of [
    [{ 'node_modules/pear': pear }, true],
    [{ 'node_modules/pear': { version: '0.9.0' }, 'node_modules/fig': here }, true],
    [{ 'node_modules/pear': pear, 'node_modules/fig': here }, false],
  ]) {
    lock(installed, 'node_modules/.package-lock.json')
    expect(needsInstall(folder)).toBe(needs)
  }
})

test('an old Node gets one sentence with the remedy', () => {
  const setVersion = `Object.defineProperty(process.versions, 'node', { value: '18.19.0' })`
  const file = join(folder, 'old.mjs')
  writeFileSync(file, setVersion)
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--import', file, join(root, 'scripts/bootstrap.mjs'), 'start'],
    {
      encoding: 'utf8',
    },
  )
  expect(stderr).toMatch(/^Graftwatch needs Node 20\.9 or newer to start, this is 18\.19\.0\. Install .*\n$/)
  expect(status).toBe(1)
})

test('the first file has no syntax that an old Node would trip over', () => {
  expect(readFileSync(join(root, 'scripts/bootstrap.mjs'), 'utf8')).not.toMatch(
    /\?\.|\?\?|`|\bawait\b|^import /m,
  )
})

test('an unknown command lists those there are', () => {
  const { status, stderr } = spawnSync(process.execPath, [join(root, 'scripts/bootstrap.mjs'), 'stat'], {
    encoding: 'utf8',
  })
  expect(stderr).toContain('Unknown command stat. There are: start,')
  expect(status).toBe(2)
})

test('without a packaged Node the running one serves if it is new enough', () => {
  expect(findNode('/nonexistent/node', '24.1.0')).toBe(process.execPath)
  expect(() => findNode('/nonexistent/node', '22.14.0')).toThrow('Install Node 24')
})

test('trouble becomes a sentence: full disk, permission, network; else the last words of the program', () => {
  expect(explain(new Trouble('failed', 'npm error nospc ENOSPC: no space left on device'))).toMatch(
    /^The disk is full/,
  )
  expect(explain(Object.assign(new Error('EACCES'), { code: 'EACCES', path: '/srv/x' }))).toMatch(
    /^\/srv\/x cannot be written/,
  )
  expect(explain(new Trouble('failed', 'npm error code ENOTFOUND'))).toMatch(
    /^npm does not reach its registry/,
  )
  expect(explain(new Trouble('The build failed.', 'line 1\nline 2'))).toBe(
    'line 1\nline 2\n\nThe build failed.',
  )
})
