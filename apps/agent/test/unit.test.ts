import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { agentCapabilities, agentLevels } from '@graftwatch/contract/vocabulary'
import { afterAll, describe, expect, test } from 'vitest'

const packaging = fileURLToPath(new URL('../packaging/', import.meta.url))
const unit = readFileSync(`${packaging}graftwatch-agent.service`, 'utf8')
const level = (name: string): string => readFileSync(`${packaging}levels/${name}.conf`, 'utf8')
const grants = (text: string, key: string): string[] =>
  [...text.matchAll(new RegExp(`^${key}=(.*)$`, 'gm'))]
    .flatMap(([, names]) => names?.split(' ') ?? [])
    .filter(Boolean)

test('the unit grants nothing by itself; each level grants exactly what it bounds', () => {
  expect(grants(unit, 'AmbientCapabilities')).toEqual([])
  for (const name of agentLevels) {
    expect(grants(level(name), 'AmbientCapabilities')).toEqual(grants(level(name), 'CapabilityBoundingSet'))
  }
  expect(grants(level('progress'), 'AmbientCapabilities')).toEqual(['CAP_DAC_READ_SEARCH', 'CAP_SYSLOG'])
  for (const name of ['causes', 'full'])
    expect(grants(level(name), 'AmbientCapabilities').sort()).toEqual([...agentCapabilities].sort())
})

test('command lines are sent at level full alone', () => {
  expect(agentLevels.filter((name) => level(name).includes('GRAFTWATCH_COMMAND_LINES=1'))).toEqual(['full'])
  expect(unit).not.toContain('COMMAND_LINES')
})

test('nothing that the agent reads is hidden from it', () => {
  const hiding =
    /^(ProtectKernelTunables|ProtectKernelModules|ProtectKernelLogs|PrivateDevices|ProtectClock|ProtectProc|ProcSubset|PrivatePIDs|ProtectHostname)=/m
  expect(unit).not.toMatch(hiding)
  expect(unit).toMatch(/^DeviceAllow=\/dev\/kmsg r$/m)
})

const hasAnalyze = spawnSync('systemd-analyze', ['--version']).status === 0

describe.skipIf(!hasAnalyze)('systemd itself', () => {
  const root = mkdtempSync(join(tmpdir(), 'graftwatch-unit-'))
  afterAll(() => rmSync(root, { recursive: true }))
  const units = join(root, 'usr/lib/systemd/system')

  test.each(agentLevels)('takes the unit with level %s, and finds it little exposed', (name) => {
    mkdirSync(`${units}/graftwatch-agent.service.d`, { recursive: true })
    mkdirSync(join(root, 'usr/bin'), { recursive: true })
    writeFileSync(join(root, 'usr/bin/graftwatch-agent'), '#!/bin/sh\n', { mode: 0o755 })
    for (const target of ['network-online', 'sysinit', 'basic', 'multi-user', 'shutdown'])
      writeFileSync(`${units}/${target}.target`, `[Unit]\nDescription=${target}\n`)
    copyFileSync(`${packaging}graftwatch-agent.service`, `${units}/graftwatch-agent.service`)
    copyFileSync(`${packaging}levels/${name}.conf`, `${units}/graftwatch-agent.service.d/10-level.conf`)
    const analyze = (...args: string[]) =>
      spawnSync('systemd-analyze', [...args, `--root=${root}`, 'graftwatch-agent.service'], {
        encoding: 'utf8',
      })
    expect(analyze('verify', '--man=no')).toMatchObject({ status: 0, stderr: '' })
    // Exposure times ten; a service without any of this has 96. systemd before 250 cannot examine a tree.
    const { status, stderr } = analyze('security', '--offline=yes', '--threshold=40')
    if (!/unrecognized option/.test(stderr)) expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  })
})
