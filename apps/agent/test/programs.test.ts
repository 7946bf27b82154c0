import { expect, test } from 'vitest'
import { ask, type Program, programs, rpmKernelPackage } from '../src/programs.ts'

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
  expect(await ask(shell('echo yes; exit 3'))).toEqual({ exitCode: 3, output: 'yes\n', isCut: false })
  expect(await ask(shell('exit 1'))).toEqual({ exitCode: 1, output: '', isCut: false })
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

test('no program is asked for more than an answer', () => {
  const asking =
    /^(-qa|-qf|-v|--queryformat|patches|--info|--status|status|--format|json|[a-z*]+(-[a-z*]+)*-?\*|package\\t.*)$/s
  for (const { paths, args } of Object.values(programs)) {
    for (const path of paths) expect(path).toMatch(/^\/((usr\/)?s?bin|snap\/bin)\/[a-z-]+$/)
    for (const argument of args) expect(argument).toMatch(asking)
  }
})
