import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  imageOfSelection,
  parseGrubEnvironment,
  parseGrubMenu,
  parseLoaderEntry,
  releaseOfImage,
  selectedEntry,
  sortLoaderEntries,
} from './boot.ts'
import { isOfVersion, parseCanonicalStatus } from './canonical.ts'
import { cvesOf, parseDebianChangelog, versionOfHeading } from './changelog.ts'
import { kernelReleaseOfPackage, moduleFilesIn, parseDpkgParagraph, runningPackageVersion } from './dpkg.ts'
import { collectSymbol, parseBootTime, parseCpuCount, parseHidepid, parseOsRelease } from './host.ts'
import { parseLoadFailure, parseLogLine, parseLogMessage, parseTrouble } from './kernel-log.ts'
import { parseKernelcareInfo } from './kernelcare.ts'
import { movingPatch, parseKgraftFlag, parseKgraftState, restingState, tableSummary } from './kgraft.ts'
import {
  managerOf,
  parseEnabledFunctions,
  parseFlag,
  parseFunctionDirectory,
  parseInteger,
  parseLivepatchModules,
  parsePatchState,
  signalsByItself,
} from './klp.ts'
import { parseKpatchMessage } from './kpatch-core.ts'
import {
  describeAbort,
  fixesOfTitle,
  parseCheckTime,
  parseEffectiveKernel,
  parseUpdateTitles,
  plannedInstalls,
  updateOfModule,
  updateState,
} from './ksplice.ts'
import { findModinfo, moduleNameOf, parseModinfo, releaseOfModuleFile } from './module-file.ts'
import { parsePatchList, splitPackageName } from './patch-list.ts'
import { parseRpmPackages } from './rpm.ts'
import { parseChildren, parseComm, parseStack, parseStat, parseUnit, parseWaitChannel } from './task.ts'
import { compareDpkgVersions, compareReleases, compareRpmVersions, flavorOf } from './versions.ts'

const seed = Number(process.env.FAST_CHECK_SEED ?? Math.floor(Math.random() * 2 ** 31))
console.info(`parsers on arbitrary bytes: FAST_CHECK_SEED=${seed}`)

const parsers = {
  parseCanonicalStatus,
  parseCheckTime,
  parseEffectiveKernel,
  parseKernelcareInfo,
  parseUpdateTitles,
  plannedInstalls,
  updateOfModule,
  canonicalStatusOfJson: (text: string) =>
    parseCanonicalStatus(
      `{"Status":[{"Running":true,"Livepatch":{"State":${JSON.stringify(text)},"Fixes":[${text}]}}]}`,
    ),
  canonicalStatusOfYaml: (text: string) =>
    parseCanonicalStatus(`last-check: ${text}\n- running: true\n  patchState: ${text}`),
  describeAbort: (text: string) => describeAbort(text, text),
  fixesOfTitle,
  isOfVersion: (text: string) => isOfVersion(text, text),
  updateState: (text: string) => updateState(text, text),
  parseBootTime,
  parseChildren,
  parseComm,
  parseCpuCount,
  parseEnabledFunctions,
  parseFlag,
  parseFunctionDirectory,
  parseHidepid,
  parseInteger,
  parseKgraftFlag,
  parseKpatchMessage,
  parseLivepatchModules,
  parseLogLine,
  parseLoadFailure,
  parseLogMessage,
  parseTrouble,
  parseOsRelease,
  parsePatchState,
  parseStack,
  parseStat,
  parseUnit,
  parseWaitChannel,
  signalsByItself,
  managerOf: (text: string) => managerOf(text, text),
  parseKgraftState(text: string) {
    const table = parseKgraftState(text) ?? parseKgraftState(`Function Object Sympos State\n${text}`)
    if (!table) return
    tableSummary(table)
    restingState(table.functions, true)
    movingPatch([{ name: 'p', replace: null, functions: table.functions }])
  },
  cvesOf,
  flavorOf,
  kernelReleaseOfPackage,
  moduleFilesIn,
  moduleNameOf,
  parseDpkgParagraph,
  parseDebianChangelog,
  parsePatchList,
  parseRpmPackages,
  releaseOfImage,
  releaseOfModuleFile,
  splitPackageName,
  versionOfHeading,
  parseModinfo: (text: string) => parseModinfo(Buffer.from(text)),
  findModinfo: (text: string) => {
    const file = Buffer.from(`\u007fELF\u0002\u0001${text}`)
    return findModinfo((offset, length) => file.subarray(offset, offset + length))
  },
  runningPackageVersion: (text: string) => runningPackageVersion(text, text),
  grubMenu: (text: string) => {
    const menu = parseGrubMenu(text)
    return imageOfSelection(menu.entries, selectedEntry(menu.defaultEntry, parseGrubEnvironment(text)))
  },
  loaderEntries: (text: string) =>
    sortLoaderEntries(text.split('x').map((part) => parseLoaderEntry(part, text))),
  versionOrders: (text: string) => {
    const [a = '', b = ''] = [text.slice(0, text.length / 2), text.slice(text.length / 2)]
    return [compareDpkgVersions(a, b), compareRpmVersions(a, b), compareReleases(a, b, 'rpm')]
  },
  collectSymbol: (text: string) => collectSymbol(text, new Set(['vmlinux a']), new Map()),
} satisfies Record<string, (text: string) => unknown>

/** Pieces of the real grammars, so that the arbitrary text gets past the first character of a parser. */
const pieces = [
  '(',
  ')',
  ' ',
  '\n',
  '[<0>]',
  '+0x1/0x2',
  '[mod]',
  '0::/',
  '.service',
  ',',
  '-1',
  '1',
  'livepatch: ',
  'kgr: ',
  'kpatch: ',
  'Comm: ',
  'Function Object State',
  "'p'",
  'btime ',
  'menuentry ',
  'submenu ',
  ' {',
  '\n}',
  'set default=',
  'package\t',
  'change\t',
  'Package: ',
  'CVE-2026-1234',
  '~',
  '^',
  '\u0000',
  '\ud83d',
]
const bytes = fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array).toString('utf8'))
const text = fc.oneof(
  bytes,
  fc
    .array(fc.oneof(fc.constantFrom(...pieces), fc.string()), { maxLength: 40 })
    .map((parts) => parts.join('')),
)

test.each(Object.entries(parsers))('%s never throws', (_name, parse) => {
  fc.assert(
    fc.property(text, (input) => {
      parse(input)
    }),
    { seed, numRuns: 500 },
  )
})

const long = ['a', ' ', '\n', '\t', '- ', '"', "'", '[', '{', ',', ': ', 'CVE-', '0', '* '].map((piece) =>
  piece.repeat(200_000 / piece.length),
)
const begun = [
  '',
  'Name: ',
  'ID: aaaaaaaa',
  'patchState: ',
  'EffectiveKernel:',
  'kpatch-state: ',
  'livepatch: ',
  'menuentry ',
]

// A pattern that tries every place for every other takes minutes here, and the test's time-out is the proof.
test.each(Object.entries(parsers))('%s does not dwell on long runs of one thing', (_name, parse) => {
  for (const head of begun) for (const run of long) parse(`${head}${run}x`)
})

test('names parsed from any bytes are fit for a report', () => {
  fc.assert(
    fc.property(bytes, (input) => {
      const stat = parseStat(`170 (${input}) D 1 0 0 0 -1 4194560 53 0 0 0 0 2 0 0 20 0 1 0 799 0`)
      expect(stat?.comm.isWellFormed()).toBe(true)
      expect(stat?.comm.includes('\u0000')).toBe(false)
      expect(stat?.comm.length).toBeLessThanOrEqual(64)
    }),
    { seed, numRuns: 500 },
  )
})
