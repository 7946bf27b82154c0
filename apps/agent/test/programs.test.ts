import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ask, dpkgOwners, type Program, programs, rpmKernelPackage, rpmOwners } from '../src/programs.ts'

/** A shell stands for the tools that are scripts; the agent's own table has none. */
const shell = (script: string, more: Partial<Program> = {}): Program => ({
  paths: ['/nowhere/sh', '/bin/sh'],
  args: ['-c', script],
  timeoutMs: 20_000,
  maxBytes: 1000,
  ...more,
})

test('a program the host does not have is null', async () => {
  expect(await ask({ ...programs.klpPatches, paths: ['/nowhere/klp'] })).toBeNull()
})

test('output and exit code are both answers', async () => {
  expect(await ask(shell('echo yes; exit 3'))).toEqual({
    exitCode: 3,
    output: 'yes\n',
    complaint: '',
    isCut: false,
  })
  expect(await ask(shell('exit 1'))).toEqual({ exitCode: 1, output: '', complaint: '', isCut: false })
})

test('it runs without a language, without input, and with an environment of its own', async () => {
  const answer = await ask(shell('echo "$LC_ALL/$HOME/$(pwd)"; cat'))
  expect(answer?.output).toBe('C///\n')
})

test('what says too much is cut off and ended', async () => {
  const answer = await ask(shell('while :; do echo 0123456789; done'))
  expect(answer).toMatchObject({ isCut: true, exitCode: null })
  expect(answer?.output).toHaveLength(1000)
})

test('what takes too long is ended with all it started, and says so', async () => {
  await expect(ask(shell('sleep 600 & sleep 600', { timeoutMs: 100 }))).rejects.toThrow(
    'no answer within 0.1 s',
  )
})

test('a child that outlives the tool and holds its output is ended too', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'graftwatch-program-'))
  const script = `sleep 600 & echo $! > ${folder}/child`
  await expect(ask(shell(script, { timeoutMs: 300 }))).rejects.toThrow('no answer within 0.3 s')
  const child = readFileSync(join(folder, 'child'), 'utf8').trim()
  rmSync(folder, { recursive: true })
  // Gone, or waiting for somebody to note its end.
  const state = (): string => {
    try {
      return readFileSync(`/proc/${child}/stat`, 'utf8').split(') ')[1]?.[0] ?? ''
    } catch {
      return 'gone'
    }
  }
  await expect.poll(state).toMatch(/^(gone|Z)$/)
})

test('a refusal without an answer is told with its first line', async () => {
  await expect(ask(shell('echo "error: cannot open Packages database" >&2; exit 1'))).rejects.toThrow(
    '/bin/sh ended with 1: error: cannot open Packages database',
  )
})

test('only a release becomes part of an argument', () => {
  expect(rpmKernelPackage('5.14.0-284.25.1.el9_2.x86_64')?.args.slice(3)).toEqual([
    '/lib/modules/5.14.0-284.25.1.el9_2.x86_64/vmlinuz',
    '/boot/vmlinuz-5.14.0-284.25.1.el9_2.x86_64',
  ])
  for (const release of ['', '../../etc/shadow', '5/../..', '-qa', '5.14 --root', '5\n']) {
    expect(rpmKernelPackage(release)).toBeNull()
  }
})

test('only plain absolute paths become arguments, and all of a question or none', () => {
  const path = '/usr/lib/livepatch/6.1.0-41-amd64/acme.ko'
  expect(dpkgOwners([path])?.args).toEqual(['--search', '--', path])
  expect(rpmOwners([path])?.args.slice(3)).toEqual([path])
  for (const other of ['', 'acme.ko', '--root=/', '/*', '/a?', '/[a]', '/a\\b', '/a\n', '/a b', '/\u0000']) {
    expect(dpkgOwners([path, other])).toBeNull()
    expect(rpmOwners([path, other])).toBeNull()
  }
})

test('no program is asked for more than an answer', () => {
  const asking =
    /^(-qa|-qf|-v|--queryformat|patches|--info|--status|status|--format|json|[a-z*]+(-[a-z*]+)*-?\*|package\\t.*)$/s
  for (const { paths, args } of Object.values(programs)) {
    for (const path of paths) expect(path).toMatch(/^\/((usr\/)?s?bin|snap\/bin)\/[a-z-]+$/)
    for (const argument of args) expect(argument).toMatch(asking)
  }
})
