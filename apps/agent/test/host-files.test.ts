import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hostFiles, ReadFailure } from '../src/host-files.ts'
import { createTree } from './host-tree.ts'

/** A tree whose links lead out of it, beside a folder that is no part of it. */
const outside = realpathSync(mkdtempSync(join(tmpdir(), 'graftwatch-outside-')))
const tree = createTree({
  'etc/machine-id': null,
  'usr/etc/machine-id': 'inside\n',
  'usr/etc/conf/': '',
  'proc/1/task/1/comm': 'init\n',
  'deep/a/b/c': 'deep\n',
})
const files = hostFiles(tree.root)
const link = (target: string, path: string): void => {
  tree.write({ [path]: null })
  symlinkSync(target, join(tree.root, path))
}

beforeAll(() => {
  writeFileSync(join(outside, 'secret'), 'secret\n')
  symlinkSync('x', join(outside, 'a-link'))
  symlinkSync(outside, join(outside, 'self'))
  link(outside, 'sys')
  link(`../../../../../../../../../../..${outside}`, 'run')
  link(`${outside}/self`, 'opt')
  link('usr/etc', 'etc')
  link('/usr/etc', 'absolute')
  link('1', 'proc/self')
  link('../../etc/../etc', 'deep/a/up')
  link('loop-b', 'loop-a')
  link('loop-a', 'loop-b')
})

afterAll(() => {
  tree.remove()
  rmSync(outside, { recursive: true })
})

test.each(['sys', 'run', 'opt', `proc/1/../../../..${outside}`, `..${outside}`])(
  '%s leads out of the root: nothing there is read',
  async (path) => {
    expect(files.read(`${path}/secret`)).toBeInstanceOf(ReadFailure)
    expect(files.readTaskFile(`${path}/secret`)).toBeInstanceOf(ReadFailure)
    expect(files.open(`${path}/secret`)).toBeInstanceOf(ReadFailure)
    expect(files.list(path)).toBeInstanceOf(ReadFailure)
    expect(files.directories(path)).toEqual([])
    expect(files.exists(`${path}/secret`)).toBe(false)
    expect(files.exists(path)).toBe(false)
    expect(files.link(`${path}/a-link`)).toBeNull()
    expect(await files.eachLine(`${path}/secret`, () => true)).toBe(false)
  },
)

test.each(['etc', 'absolute', 'deep/a/up', 'deep/../etc'])(
  '%s leads elsewhere in the root, as in a chroot',
  async (path) => {
    const lines: string[] = []
    expect(files.read(`${path}/machine-id`)).toBe('inside\n')
    expect(files.list(path)).toEqual(expect.arrayContaining(['conf', 'machine-id']))
    expect(files.directories(path)).toEqual(['conf'])
    expect(files.exists(`${path}/machine-id`)).toBe(true)
    expect(await files.eachLine(`${path}/machine-id`, (line) => lines.push(line) > 0)).toBe(true)
    expect(lines[0]).toBe('inside')
  },
)

test('tasks, links and links to themselves', () => {
  expect(files.readTaskFile('proc/self/task/1/comm')).toBe('init\n')
  expect(files.link('proc/self')).toBe('1')
  expect(files.link('etc')).toBe('usr/etc')
  expect(files.read('loop-a/x')).toMatchObject({ code: 'ELOOP' })
  expect(files.exists('loop-b')).toBe(false)
})

test('a directory that comes, or becomes a link, after it was looked for is found as it is then', () => {
  expect(files.exists('late/file')).toBe(false)
  link('deep/a', 'late')
  expect(files.read('late/b/c')).toBe('deep\n')
})

test('a root that is itself reached through a link is that root', () => {
  const alias = join(outside, 'alias')
  symlinkSync(tree.root, alias)
  expect(hostFiles(alias).read('etc/machine-id')).toBe('inside\n')
})
