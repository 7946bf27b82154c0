import { describe, expect, test } from 'vitest'
import { patch } from './host-tree.ts'
import { aReader, aTree, debian, kernel, stanza } from './package-hosts.ts'

/** Reported cases whose cause lies in how installed kernels are found; those of their order are in reboot-verdict.test.ts. */
describe('installed kernels', () => {
  const release = '6.8.0-88-generic'
  const ubuntu = (status: string): Record<string, string> => ({
    ...debian(status),
    'proc/sys/kernel/osrelease': `${release}\n`,
    'proc/sys/kernel/version': '#89-Ubuntu SMP PREEMPT_DYNAMIC Sat Oct 11 01:02:46 UTC 2025\n',
    'proc/version_signature': 'Ubuntu 6.8.0-88.89-generic 6.8.12\n',
  })

  test('PatchMon #562, #353: metapackages are no kernels', async () => {
    const status =
      stanza('linux-image-virtual', '6.8.0-88.89') +
      stanza('linux-image-generic-hwe-24.04', '6.14.0-33.33~24.04.1') +
      stanza('linux-image-6.8.0-87-generic', '6.8.0-87.88') +
      stanza(`linux-image-${release}`, '6.8.0-88.89')
    const reading = await aReader(aTree(ubuntu(status), kernel('6.8.0-87-generic'), kernel(release)))()
    expect(reading.reboot).toMatchObject({ pending: false, reason: null, installedKernel: release })
  })

  test('PatchMon #600: marker files prove nothing', async () => {
    const markers = {
      'run/reboot-required': '*** System restart required ***\n',
      'run/reboot-required.pkgs': 'libc6\nlinux-base\n',
      'run/crond.reboot': '',
    }
    const tree = aTree(ubuntu(stanza(`linux-image-${release}`, '6.8.0-88.89')), kernel(release), markers)
    expect((await aReader(tree)()).reboot.pending).toBe(false)
  })

  test('unattended-upgrades #310, ubuntu-pro-client #2526: one verdict, whatever live patches do meanwhile', async () => {
    const next = '6.8.0-90-generic'
    const status =
      stanza(`linux-image-${release}`, '6.8.0-88.89') + stanza(`linux-image-${next}`, '6.8.0-90.91')
    const trees = [{}, patch(1, 0, 'lkp_Ubuntu_6_8_0_88_89_generic_1')].map((live) =>
      aTree(ubuntu(status), kernel(release), kernel(next), live),
    )
    for (const tree of trees)
      expect((await aReader(tree)()).reboot).toMatchObject({
        pending: true,
        reason: `${next} is installed; ${release} runs.`,
        installedKernel: next,
      })
  })

  test('a leftover image without modules, or modules without an image, cannot be booted', async () => {
    const tree = aTree(ubuntu(stanza(`linux-image-${release}`, '6.8.0-88.89')), kernel(release), {
      'boot/vmlinuz-6.9.0-1-generic': 'image',
      'boot/vmlinuz-6.8.0-99-generic.old': 'image',
      'lib/modules/6.10.0-1-generic/build/Makefile': '',
    })
    expect((await aReader(tree)()).reboot).toMatchObject({ pending: false, installedKernel: release })
  })

  test('a container that shares the kernel of its host knows nothing of reboots', async () => {
    const tree = aTree(
      debian(stanza('linux-image-6.12.90+deb13-amd64', '6.12.90-1')),
      kernel('6.12.90+deb13-amd64'),
    )
    tree.write({ 'proc/sys/kernel/osrelease': '6.8.12-9-pve\n' })
    expect((await aReader(tree)()).reboot).toMatchObject({ pending: null, installedKernel: null })
  })

  test('GRUB’s own files come before what is installed', async () => {
    const next = '6.8.0-90-generic'
    const grub = (saved: string) => ({
      'boot/grub/grubenv': `# GRUB Environment Block\nsaved_entry=${saved}\n####\n`,
      'boot/grub/grub.cfg': `set default="\${saved_entry}"\n${[next, release]
        .map(
          (of) => `menuentry 'Ubuntu, with Linux ${of}' --id '${of}' {\n\tlinux\t/boot/vmlinuz-${of} ro\n}\n`,
        )
        .join('')}`,
    })
    const status =
      stanza(`linux-image-${release}`, '6.8.0-88.89') + stanza(`linux-image-${next}`, '6.8.0-90.91')
    const verdict = async (saved: string) =>
      (await aReader(aTree(ubuntu(status), kernel(release), kernel(next), grub(saved)))()).reboot
    expect(await verdict(next)).toMatchObject({
      pending: true,
      reason: `The boot loader starts ${next}; ${release} runs.`,
    })
    expect(await verdict(release)).toMatchObject({
      pending: false,
      reason: `${next} is installed, but the boot loader starts ${release}, which runs.`,
    })
    expect(await verdict('gone')).toMatchObject({
      pending: true,
      reason: `${next} is installed; ${release} runs.`,
    })
  })
})
