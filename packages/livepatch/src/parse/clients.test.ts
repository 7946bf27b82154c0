import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { canonicalClaim, canonicalVerdict, isOfVersion, parseCanonicalStatus } from './canonical.ts'
import { parseCveList, parseKernelcareInfo, verdictOfStatus } from './kernelcare.ts'
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

/** Real output of vendors' clients, as it was published. */
const output = (name: string): string =>
  readFileSync(new URL(`../../test/tool-output/${name}`, import.meta.url), 'utf8')

describe('Canonical', () => {
  test('JSON of client 11', () => {
    const said = parseCanonicalStatus(output('canonical-livepatch-status-applied.json'))
    expect(said).toMatchObject({
      state: 'applied',
      checkState: 'checked',
      supported: 'supported',
      version: '121.4',
      lastCheck: '2026-09-26T18:53:27.000Z',
    })
    expect(said?.cves).toHaveLength(38)
    expect(said?.cves[0]).toBe('CVE-2025-68263')
  })

  test('YAML of client 9', () => {
    const said = parseCanonicalStatus(output('canonical-livepatch-status-yaml-75.2.txt'))
    expect(said).toMatchObject({
      state: 'applied',
      checkState: 'checked',
      version: '75.2',
      lastCheck: '2021-04-08T17:41:06.000Z',
    })
    expect(said?.cves).toContain('CVE-2019-0155')
    expect(new Set(said?.cves).size).toBe(said?.cves.length)
  })

  const status = (livepatch: object, fields: object = {}) =>
    parseCanonicalStatus(
      JSON.stringify({ Status: [{ Running: false }, { Running: true, Livepatch: livepatch, ...fields }] }),
    )

  test('only fixes that are patched count, and gaps are no failure', () => {
    const Fixes = [
      { Name: 'cve-2024-1086', Patched: true },
      { Name: 'cve-2024-1087', Patched: false },
      { Name: '', Patched: true },
      null,
    ]
    expect(status({ State: 'applied', CheckState: 'checked', Version: '', Fixes })).toMatchObject({
      version: null,
      cves: ['CVE-2024-1086'],
      lastCheck: null,
    })
    expect(status({ State: 'nothing-to-apply', Fixes: null })).toMatchObject({
      cves: [],
      checkState: 'unknown',
    })
  })

  test('an entry that does not say whether its kernel runs is of this one, unless another says that it does', () => {
    const entry = (state: string, fields: object = {}) => ({ Livepatch: { State: state }, ...fields })
    const said = (...Status: object[]) => parseCanonicalStatus(JSON.stringify({ Status }))?.state
    expect(said(entry('unapplied', { Running: false }), entry('applied'))).toBe('applied')
    expect(said(entry('unapplied'), entry('applied', { Running: true }))).toBe('applied')
    const yaml = (...items: string[]) => parseCanonicalStatus(['status:', ...items].join('\n'))?.state
    expect(yaml('- running: false\n  patchState: unapplied', '- kernel: a\n  patchState: applied')).toBe(
      'applied',
    )
    expect(yaml('- kernel: a\n  patchState: unapplied', '- running: true\n  patchState: applied')).toBe(
      'applied',
    )
  })

  test('half a character, which only an escape of JSON can bring, does not reach the report', () => {
    expect(status({ State: 'a\ud800', CheckState: '\udc00b', Version: '\ud83d\ude00\ud83d' })).toMatchObject({
      state: 'a\ufffd',
      checkState: '\ufffdb',
      version: '\ud83d\ude00\ufffd',
    })
  })

  test('what tells nothing of a running kernel is no status', () => {
    for (const text of [
      '',
      '{',
      '{}',
      '{"Status":[]}',
      '{"Status":[{"Running":true}]}',
      '{"Status":[{"Running":false,"Livepatch":{"State":"applied"}}]}',
      'status:\n- kernel: 4.15.0-23.25-generic\n  running: false\n  livepatch:\n    patchState: applied\n',
      'Connection to the daemon failed',
    ])
      expect(parseCanonicalStatus(text)).toBeNull()
  })

  test.each([
    ['applied', 'checked', 'supported', 'applied', 'applied'],
    ['applied', 'check-failed', 'supported', 'applied', 'applied'],
    ['applying', 'checked', 'supported', 'pending', 'pending'],
    ['unapplied', 'checked', 'supported', 'pending', 'pending'],
    ['apply-failed', 'checked', 'supported', 'failed', 'failed'],
    ['applied-with-bug', 'checked', 'supported', 'failed', 'failed'],
    ['nothing-to-apply', 'checked', 'supported', 'none-due', null],
    ['nothing-to-apply', 'check-failed', 'supported', 'unknown', null],
    ['nothing-to-apply', 'checked', 'kernel-end-of-life', 'unsupported', null],
    ['applied', 'checked', 'kernel-upgrade-required', 'reboot-required', 'applied'],
    ['kernel-upgrade-required', 'checked', 'supported', 'reboot-required', null],
    ['something-new', 'checked', null, 'unknown', null],
  ])('%s, %s, %s: %s', (state, checkState, supported, verdict, claim) => {
    const said = { state, checkState, supported, version: null, lastCheck: null, cves: [] }
    expect([canonicalVerdict(said), canonicalClaim(said)]).toEqual([verdict, claim])
  })

  test('a module is of a version by its last number', () => {
    expect(isOfVersion('lkp_Ubuntu_6_8_0_1047_50_aws_121', '121.4')).toBe(true)
    expect(isOfVersion('livepatch_Ubuntu_4_15_0_23_25_generic_40', '40.1')).toBe(true)
    expect(isOfVersion('lkp_Ubuntu_6_8_0_1047_50_aws_121', '21.4')).toBe(false)
    expect(isOfVersion('livepatch_121', '121.4')).toBe(false)
  })
})

describe('KernelCare', () => {
  test('an old agent', () => {
    expect(parseKernelcareInfo(output('kcarectl-info-debian8.txt'))).toEqual({
      isApplied: true,
      level: '3',
      effectiveRelease: '3.16.36-1+deb8u2',
    })
  })

  test('a newer agent, one without patches, and one that failed', () => {
    expect(
      parseKernelcareInfo(
        'kpatch-state: patch is applied\nkpatch-description: 1-:1615812815;5.4.0-1028.31\n',
      ),
    ).toEqual({ isApplied: true, level: '1', effectiveRelease: '5.4.0-1028.31' })
    expect(parseKernelcareInfo('No patches applied\n').isApplied).toBe(false)
    expect(parseKernelcareInfo('Unable to fetch https://example.com\n').isApplied).toBeNull()
  })

  test('exit codes of --status', () => {
    expect([0, 1, 2, 3, 255].map((code) => verdictOfStatus(code).value)).toEqual([
      'applied',
      'unknown',
      'update-available',
      'unsupported',
      'unknown',
    ])
  })

  test('fields that say N/A name no CVE', () => {
    expect(parseCveList(output('kcarectl-patch-info-centos6.txt'))).toEqual([])
    expect(parseCveList('CVE-2024-1086\nCVE-2024-26581\n')).toEqual(['CVE-2024-1086', 'CVE-2024-26581'])
  })
})

describe('Ksplice', () => {
  const titles = [...output('uptrack-show-el7uek.txt').matchAll(/^\[([a-z0-9]{8})\] (.*)$/gm)]

  test('of a real list, detections fix nothing and improved fixes do', () => {
    expect(titles).toHaveLength(52)
    const fixes = new Map(titles.map(([, id, title]) => [id, fixesOfTitle(title ?? '')]))
    expect(fixes.get('lylzl1sj')).toEqual([])
    expect(fixes.get('bipgvpw6')).toEqual([])
    expect(fixes.get('r6xwmr9a')).toEqual(['CVE-2019-19535', 'CVE-2019-19536'])
    expect(fixes.get('ajidrtfz')).toEqual(['CVE-2018-17972'])
    expect(fixes.get('6vd15fp9')).toEqual(['CVE-2021-26931'])
  })

  test('modules: an update, and the parts of one', () => {
    expect(
      ['ksplice_etuw1mmg', 'ksplice_etuw1mmg_vmlinux_new', 'ksplice', 'xfs'].map(updateOfModule),
    ).toEqual(['etuw1mmg', null, null, null])
  })

  test.each([
    ['applied\n', 'ok\n', 'applied'],
    ['reversed\n', 'ok\n', 'disabled'],
    ['preparing\n', 'ok\n', 'pending'],
    ['preparing\n', null, 'pending'],
    ['preparing\n', 'code_busy\n', 'failed'],
    ['melting\n', 'ok\n', null],
  ] as const)('stage %j with abort cause %j', (stage, cause, state) => {
    expect(updateState(stage, cause)).toBe(state)
  })

  test('an abort names who was in the way, and not those who were harmless', () => {
    expect(
      describeAbort(
        'code_busy\n',
        'nginx: worker 812 tcp_recvmsg sock_read\nkworker/0:1 33\nsshd 9 tcp_recvmsg\n',
      ),
    ).toBe('code_busy: nginx: worker (812) in tcp_recvmsg sock_read, sshd (9) in tcp_recvmsg')
    expect(describeAbort('no_match\n', '')).toBe('no_match')
  })

  test('titles in blocks and in braces', () => {
    const yaml = [
      'Updates:',
      '  Installed:',
      '  - ID: qhqi45un',
      "    Name: 'CVE-2020-14386: Memory corruption when receiving a packet.'",
      '  - {ID: mqhc4bmw, Name: "Don\'t return an ACK."}',
      '  - {Name: Plain words, ID: aadmn3e5}',
      '  - ID: no-title',
    ].join('\n')
    expect([...parseUpdateTitles(yaml)]).toEqual([
      ['qhqi45un', 'CVE-2020-14386: Memory corruption when receiving a packet.'],
      ['mqhc4bmw', "Don't return an ACK."],
      ['aadmn3e5', 'Plain words'],
    ])
  })

  test('the effective kernel, with the one it was computed for', () => {
    const yaml = [
      '%YAML 1.1',
      '---',
      'EffectiveKernel:',
      '  Sysname: Linux',
      '  Release: 4.14.35-2047.503.1.el7uek.x86_64',
      'Installed:',
      '- qhqi45un',
      '- mqhc4bmw',
      "OriginalKernel: {Release: 4.14.35-1902.el7uek.x86_64, Sysname: Linux, Version: '#2 SMP'}",
      '...',
    ].join('\n')
    expect(parseEffectiveKernel(yaml)).toEqual({
      release: '4.14.35-2047.503.1.el7uek.x86_64',
      original: { release: '4.14.35-1902.el7uek.x86_64', version: '#2 SMP' },
      installed: ['qhqi45un', 'mqhc4bmw'],
    })
    expect(parseEffectiveKernel('Installed: []\n')).toBeNull()
  })

  test('a plan and the time of the check', () => {
    expect(plannedInstalls('Plan: []\n')).toBe(0)
    expect(plannedInstalls('Plan:\n- Command: Install\n  ID: a\n- {Command: Remove, ID: b}\n')).toBe(1)
    expect(plannedInstalls('')).toBeNull()
    expect(parseCheckTime('Client: {}\nTime: 2026-11-20 03:10:00\n')).toBe('2026-11-20T03:10:00.000Z')
    expect(parseCheckTime('Time: never\n')).toBeNull()
  })
})
