import { describe, expect, test } from 'vitest'
import { judgeReboot, type KernelEvidence } from '../src/packages/reboot-verdict.ts'

/**
 * False and never-clearing "reboot required" was the loudest complaint about other tools. Each case is one such host, by the
 * number under which it was reported (of PatchMon where nothing else is said), with what was installed and running there.
 */

/** Installed kernels as `release` or `release=package version`. */
function kernels(running: string, installed: string, more: Partial<KernelEvidence> = {}): KernelEvidence {
  return {
    running,
    runningVersion: null,
    installed: installed.split(' ').map((kernel) => {
      const [release = '', packageVersion = null] = kernel.split('=')
      return { release, packageVersion }
    }),
    nextBoot: null,
    order: 'dpkg',
    isDatabaseRead: true,
    ...more,
  }
}

describe('hosts that other tools wrongly want to reboot', () => {
  test.each<[string, KernelEvidence]>([
    [
      '#353, #346: a desktop with the metapackage linux-image-generic, up to date',
      kernels('6.8.0-88-generic', '6.8.0-87-generic=6.8.0-87.88 6.8.0-88-generic=6.8.0-88.89'),
    ],
    [
      '#558: a kept kernel whose number is smaller though it sorts behind (-31 after -100)',
      kernels('6.8.0-100-generic', '6.8.0-100-generic=6.8.0-100.100 6.8.0-31-generic=6.8.0-31.31'),
    ],
    [
      '#562, #363, #379, #390: the metapackage linux-image-virtual is no kernel',
      kernels('6.8.0-88-generic', '6.8.0-87-generic=6.8.0-87.88 6.8.0-88-generic=6.8.0-88.89'),
    ],
    [
      '#831: +deb13.1 is newer than +deb13',
      kernels(
        '6.12.90+deb13.1-amd64',
        '6.12.88+deb13-amd64=6.12.88-1 6.12.90+deb13-amd64=6.12.90-1 6.12.90+deb13.1-amd64=6.12.90-2',
      ),
    ],
    [
      '#831: +deb13.1 is newer than +deb13, by the releases alone',
      kernels('6.12.90+deb13.1-amd64', '6.12.90+deb13-amd64 6.12.90+deb13.1-amd64 6.1.0-39-amd64'),
    ],
    [
      '#831: .100 is newer than .96',
      kernels('6.12.100+deb13-amd64', '6.12.96+deb13-amd64=6.12.96-1 6.12.100+deb13-amd64=6.12.100-1'),
    ],
    [
      '#1072: v6, v7 and v8 of one kernel stand side by side on a Raspberry Pi',
      kernels(
        '6.18.39+rpt-rpi-v7',
        '6.18.39+rpt-rpi-v6=1:6.18.39-1+rpt1 6.18.39+rpt-rpi-v7=1:6.18.39-1+rpt1 6.18.39+rpt-rpi-v8=1:6.18.39-1+rpt1',
      ),
    ],
    [
      '#647: -2712 and -v8 of one kernel on a Raspberry Pi 5',
      kernels(
        '6.12.62+rpt-rpi-2712',
        '6.12.62+rpt-rpi-2712=1:6.12.62-1+rpt1 6.12.62+rpt-rpi-v8=1:6.12.62-1+rpt1',
      ),
    ],
    [
      '#847: the running UEK is newer than the Red Hat compatible kernel beside it',
      kernels(
        '6.12.0-104.43.4.2.el9uek.x86_64',
        '5.14.0-570.62.1.el9_6.x86_64 6.12.0-104.43.4.2.el9uek.x86_64',
        {
          order: 'rpm',
        },
      ),
    ],
    [
      '#847: also when the boot loader would start the older one',
      kernels(
        '6.12.0-104.43.4.2.el9uek.x86_64',
        '5.14.0-570.62.1.el9_6.x86_64 6.12.0-104.43.4.2.el9uek.x86_64',
        {
          order: 'rpm',
          nextBoot: '5.14.0-570.62.1.el9_6.x86_64',
        },
      ),
    ],
    [
      'a real-time or cloud kernel beside the running one',
      kernels('6.12.73+deb13-amd64', '6.12.73+deb13-amd64=6.12.73-1 6.12.74+deb13+1-rt-amd64=6.12.74-2'),
    ],
    [
      'another flavor of the same version that the boot loader sorts first',
      kernels('6.1.0-41-amd64', '6.1.0-41-amd64=6.1.158-1 6.1.0-41-cloud-amd64=6.1.158-1', {
        nextBoot: '6.1.0-41-cloud-amd64',
      }),
    ],
    [
      'a rebuild of the same source (+b1)',
      kernels('6.1.0-41-amd64', '6.1.0-41-amd64=6.1.158-1+b1', { runningVersion: '6.1.158-1' }),
    ],
    [
      'a newer one installed, and the boot loader told to keep this one',
      kernels('6.8.0-88-generic', '6.8.0-88-generic 6.8.0-90-generic', { nextBoot: '6.8.0-88-generic' }),
    ],
    [
      'a release that only has more digits: el9_2.x86_64 with .9 and .30',
      kernels('5.14.0-284.30.1.el9_2.x86_64', '5.14.0-284.9.1.el9_2.x86_64 5.14.0-284.30.1.el9_2.x86_64', {
        order: 'rpm',
      }),
    ],
  ])('%s', (_name, evidence) => {
    expect(judgeReboot(evidence).pending).toBe(false)
  })
})

describe('hosts where nothing is known, so nothing is claimed', () => {
  test.each<[string, KernelEvidence]>([
    [
      '#346: a container shares its host’s kernel and has others of its own',
      kernels('6.8.12-9-pve', '6.12.74+deb13+1-rt-amd64=6.12.74-2 6.12.90+deb13-amd64=6.12.90-1'),
    ],
    [
      '#831: a kernel whose image carries no release (vmlinuz-lts)',
      { ...kernels('6.18.38-0-lts', ''), installed: [] },
    ],
    [
      'the boot loader names a kernel that was removed, or that nobody packaged',
      kernels('5.14.0-427.13.1.el9_4.x86_64', '5.14.0-427.13.1.el9_4.x86_64 5.14.0-427.20.1.el9_4.x86_64', {
        order: 'rpm',
        nextBoot: '5.14.0-362.el9.x86_64',
      }),
    ],
  ])('%s', (_name, evidence) => {
    expect(judgeReboot(evidence)).toMatchObject({ pending: null, installedKernel: null })
  })
})

describe('a database that cannot be read', () => {
  const unread = (installed: string) =>
    judgeReboot(kernels('6.1.0-41-amd64', installed, { isDatabaseRead: false }))

  test('leaves open whether the same release was built anew', () => {
    expect(unread('6.1.0-41-amd64')).toEqual({
      pending: null,
      reason: expect.stringContaining('Whether another build of 6.1.0-41-amd64 is installed is not known'),
      installedKernel: '6.1.0-41-amd64',
    })
  })

  test('hides no newer release', () => {
    expect(unread('6.1.0-41-amd64 6.1.0-42-amd64').pending).toBe(true)
  })
})

describe('hosts that do have a newer kernel waiting', () => {
  test.each<[string, KernelEvidence, string]>([
    [
      '#946: the newest of three is named, whatever their order',
      kernels(
        '6.12.96+deb13-amd64',
        '6.12.101+deb13-amd64=6.12.101-1 6.12.96+deb13-amd64=6.12.96-1 6.12.100+deb13-amd64=6.12.100-1',
      ),
      '6.12.101+deb13-amd64 is installed; 6.12.96+deb13-amd64 runs.',
    ],
    [
      'the boot loader says so, though the flavor differs',
      kernels('6.8.0-88-generic', '6.8.0-88-generic 6.8.0-1047-aws', { nextBoot: '6.8.0-1047-aws' }),
      'The boot loader starts 6.8.0-1047-aws; 6.8.0-88-generic runs.',
    ],
    [
      'the same release built anew',
      kernels('6.1.0-13-amd64', '6.1.0-13-amd64=6.1.64-1', { runningVersion: '6.1.55-1' }),
      'Build 6.1.64-1 of 6.1.0-13-amd64 is installed; 6.1.55-1 runs.',
    ],
    [
      'an epoch decides before the number does',
      kernels('6.18.40+rpt-rpi-v8', '6.18.40+rpt-rpi-v8=6.18.40-1 6.18.39+rpt-rpi-v8=1:6.18.39-1+rpt1'),
      '6.18.39+rpt-rpi-v8 is installed; 6.18.40+rpt-rpi-v8 runs.',
    ],
  ])('%s', (_name, evidence, reason) => {
    expect(judgeReboot(evidence)).toMatchObject({ pending: true, reason })
  })
})
