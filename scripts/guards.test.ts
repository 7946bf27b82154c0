import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { root } from './supervisor/settings.ts'

/** Rules that nothing else would notice being broken. A failure lists the lines, its name says what to do. */
function lines(files: string[], pattern: RegExp, allowed: string[] = []): string[] {
  return globSync(files, { cwd: root })
    .filter(
      (file) =>
        !allowed.includes(file) && !/(^|\/)(node_modules|dist|\.next|generated)\/|\.test\.tsx?$/.test(file),
    )
    .flatMap((file) =>
      readFileSync(`${root}/${file}`, 'utf8')
        .split('\n')
        .map((line, index) => ({ line, place: `${file}:${index + 1}` })),
    )
    .filter(({ line }) => pattern.test(line) && !/^\s*(\/\/|\*|\/\*)/.test(line))
    .map(({ line, place }) => `${place}: ${line.trim()}`)
}

test('settings are read in one file of each server; take them from there as parameters', () => {
  const readers = ['apps/api/src/config.ts', 'apps/web/src/api-address.ts']
  expect(lines(['apps/{api,web}/src/**/*.{ts,tsx}'], /process\.env\b(?!\.NODE_ENV\b)/, readers)).toEqual([])
})

test('the contract imports nothing but zod and itself; input and output belong to those who use it', () => {
  expect(lines(['packages/contract/src/**/*.ts'], /(from|import|import\() ?'(?!zod'|\.)/)).toEqual([])
})

test('the agent starts programs only in programs.ts, where each is listed with its arguments, and never through a shell', () => {
  const starts = /child_process|worker_threads|process\.binding/
  expect(lines(['apps/agent/src/**/*.ts'], starts, ['apps/agent/src/programs.ts'])).toEqual([])
  expect(lines(['apps/agent/src/programs.ts'], /\bshell:|\b(exec|execSync|fork)\(|process\.env/)).toEqual([])
})

test('the agent writes only in its state directory', () => {
  const writes =
    /\b(write|append|mkdir|mkdtemp|rename|unlink|rm|rmdir|chmod|chown|symlink|link|truncate|copyFile|cp|create)(File|WriteStream)?(Sync)?\b.*'node:fs|\b(writeFile|appendFile|mkdir|mkdtemp|rename|unlink|rm|rmdir|chmod|chown|symlink|truncate|copyFile|ftruncate)Sync\(|fs\/promises/
  expect(
    lines(['apps/agent/src/**/*.ts'], writes, [
      'apps/agent/src/state-dir.ts',
      'apps/agent/src/spool-disk.ts',
    ]),
  ).toEqual([])
})

test("zod comes whole, import * as z from 'zod': the named import costs the browser 65 kB more", () => {
  expect(lines(['{apps,packages}/*/src/**/*.{ts,tsx}'], /import (type )?(\{|z\b).*from 'zod'/)).toEqual([])
})
