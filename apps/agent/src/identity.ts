import { randomUUID } from 'node:crypto'
import { hostname as systemHostname } from 'node:os'
import type { HostReport } from '@graftwatch/contract/report'
import { parseBootTime, parseOsRelease } from '@graftwatch/livepatch/parse/host'
import { parseFlag, parseInteger } from '@graftwatch/livepatch/parse/klp'
import { clip } from '@graftwatch/livepatch/parse/text'
import type { HostFiles } from './host-files.ts'

/** Which host and which boot a reading is of. */
export interface Identity {
  host: Omit<HostReport['host'], 'labels'>
  kernel: HostReport['kernel']
  /** Wall time of boot in milliseconds; null when unknown. */
  bootedAtMs: number | null
}

/** Stands for a boot id that cannot be read. */
export const unknownBoot = 'unknown'

/** Bit 15 of the kernel's taint: a livepatch was loaded at some time in this boot. */
const livepatchTaintBit = 32768

/**
 * Identity of the host under `files`. Where it has no machine id, `fallbackId` stands in: daemons keep one in their state
 * directory; without any, the boot is the best there is (`boot-<bootId>`).
 */
export function readIdentity(files: HostFiles, fallbackId: string | null = null): Identity {
  const bootId = readBootId(files) ?? unknownBoot
  const osRelease = parseOsRelease(files.text('etc/os-release') ?? files.text('usr/lib/os-release') ?? '')
  const known = (key: string, max: number) => clip(osRelease.get(key) ?? '', max) || null
  const bootSeconds = parseBootTime(files.text('proc/stat') ?? '')
  const taint = parseInteger(files.text('proc/sys/kernel/tainted') ?? '')
  return {
    host: {
      machineId: machineIdOf(files) ?? fallbackId ?? `boot-${bootId}`,
      hostname: hostnameOf(files),
      os: {
        id: known('ID', 64),
        versionId: known('VERSION_ID', 64),
        name: known('PRETTY_NAME', 256) ?? known('NAME', 256),
      },
      architecture: oneLine(files, 'proc/sys/kernel/arch', 32) ?? (files.isLive ? architectureName() : null),
    },
    kernel: {
      release: oneLine(files, 'proc/sys/kernel/osrelease', 128) ?? 'unknown',
      version: oneLine(files, 'proc/sys/kernel/version', 256),
      bootId,
      bootedAt: bootSeconds === null ? null : new Date(bootSeconds * 1000).toISOString(),
      taint,
      livepatchTaint: taint === null ? null : Math.floor(taint / livepatchTaintBit) % 2 === 1,
      ftraceEnabled: parseFlag(files.text('proc/sys/kernel/ftrace_enabled', 16) ?? ''),
    },
    bootedAtMs: bootSeconds === null ? null : bootSeconds * 1000,
  }
}

/** The boot id alone, to notice a reboot between two reads of a copied or suspended system. */
export const readBootId = (files: HostFiles): string | null =>
  oneLine(files, 'proc/sys/kernel/random/boot_id', 64)

function machineIdOf(files: HostFiles): string | null {
  for (const path of ['etc/machine-id', 'var/lib/dbus/machine-id']) {
    const id = oneLine(files, path, 128)
    // systemd writes this word into images that have not had their first boot.
    if (id !== null && id !== 'uninitialized') return id
  }
  return null
}

function hostnameOf(files: HostFiles): string {
  const named = oneLine(files, 'proc/sys/kernel/hostname', 253) ?? oneLine(files, 'etc/hostname', 253)
  return named ?? (files.isLive ? clip(systemHostname(), 253) || null : null) ?? 'unknown'
}

/** A new id for hosts that have none. Not derived from anything: copies of the state directory share it, and only they. */
export const newFallbackId = (): string => `agent-${randomUUID()}`

const architectureNames: Partial<Record<NodeJS.Architecture, string>> = {
  x64: 'x86_64',
  arm64: 'aarch64',
  s390x: 's390x',
  ppc64: 'ppc64le',
  riscv64: 'riscv64',
  ia32: 'i686',
}

const architectureName = (): string => architectureNames[process.arch] ?? process.arch

/** First line of a file, trimmed; null when unreadable or empty. */
export function oneLine(files: HostFiles, path: string, maxLength: number): string | null {
  const line = clip(files.text(path, 4096)?.split('\n')[0]?.trim() ?? '', maxLength)
  return line === '' ? null : line
}
