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

const debian = `set timeout=5
if [ -s $prefix/grubenv ]; then
  load_env
fi
if [ "\${next_entry}" ] ; then
   set default="\${next_entry}"
   set next_entry=
   save_env next_entry
   set boot_once=true
else
   set default="\${saved_entry}"
fi
function load_video {
  if [ x$feature_all_video_module = xy ]; then
    insmod all_video
  fi
}
menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-simple-1' {
	load_video
	linux	/boot/vmlinuz-6.1.0-41-amd64 root=UUID=1 ro quiet
	initrd	/boot/initrd.img-6.1.0-41-amd64
}
submenu 'Advanced options for Debian GNU/Linux' $menuentry_id_option 'gnulinux-advanced-1' {
	menuentry 'Debian GNU/Linux, with Linux 6.1.0-41-amd64' $menuentry_id_option 'gnulinux-6.1.0-41-amd64-advanced-1' {
		linux	/boot/vmlinuz-6.1.0-41-amd64 root=UUID=1 ro quiet
	}
	menuentry 'Debian GNU/Linux, with Linux 6.1.0-39-amd64' $menuentry_id_option 'gnulinux-6.1.0-39-amd64-advanced-1' {
		linux	/boot/vmlinuz-6.1.0-39-amd64 root=UUID=1 ro quiet
	}
}
menuentry 'UEFI Firmware Settings' $menuentry_id_option 'uefi-firmware' {
	fwsetup
}
`

test.each([
  ['0', '/boot/vmlinuz-6.1.0-41-amd64'],
  ['1>1', '/boot/vmlinuz-6.1.0-39-amd64'],
  ['gnulinux-advanced-1>gnulinux-6.1.0-39-amd64-advanced-1', '/boot/vmlinuz-6.1.0-39-amd64'],
  ['Advanced options for Debian GNU/Linux>0', '/boot/vmlinuz-6.1.0-41-amd64'],
  ['gnulinux-advanced-1', '/boot/vmlinuz-6.1.0-41-amd64'],
  ['uefi-firmware', null],
  ['a kernel that was removed', null],
  ['7', null],
])('the selection "%s" starts %s', (selected, image) => {
  expect(imageOfSelection(parseGrubMenu(debian).entries, selected)).toBe(image)
})

test('an entry for one boot comes before the saved one, and that before the first', () => {
  const { defaultEntry } = parseGrubMenu(debian)
  const environment = (text: string) => parseGrubEnvironment(`# GRUB Environment Block\n${text}####`)
  expect(selectedEntry(defaultEntry, environment(''))).toBe('0')
  expect(selectedEntry(defaultEntry, environment('saved_entry=1>1\n'))).toBe('1>1')
  expect(selectedEntry(defaultEntry, environment('saved_entry=1>1\nnext_entry=1>0\n'))).toBe('1>0')
  expect(selectedEntry('2', environment('saved_entry=1>1\n'))).toBe('2')
})

test('entry files are listed newest first, and the rescue entry last', () => {
  const entry = (release: string) =>
    parseLoaderEntry(
      `4a5b-${release}`,
      `title Red Hat Enterprise Linux (${release}) 9.2 (Plow)\nversion ${release}\nlinux /vmlinuz-${release}\noptions $kernelopts\n`,
    )
  const sorted = sortLoaderEntries(
    ['0-rescue', '5.14.0-284.11.1.el9_2.x86_64', '5.14.0-284.30.1.el9_2.x86_64'].map(entry),
  )
  expect(sorted.map(({ image }) => image)).toEqual([
    '/vmlinuz-5.14.0-284.30.1.el9_2.x86_64',
    '/vmlinuz-5.14.0-284.11.1.el9_2.x86_64',
    '/vmlinuz-0-rescue',
  ])
  expect(imageOfSelection(sorted, '4a5b-5.14.0-284.11.1.el9_2.x86_64')).toBe(sorted[1]?.image)
})

test.each([
  ['/boot/vmlinuz-6.1.0-41-amd64', '6.1.0-41-amd64'],
  ['/@/boot/vmlinuz-6.4.0-150600.23.25-default', '6.4.0-150600.23.25-default'],
  ['vmlinux-5.3.18-24.34-default', '5.3.18-24.34-default'],
  ['vmlinuz-6.8.0-100-generic.efi.signed', null],
  ['vmlinuz-6.8.0-31-generic.old', null],
  ['vmlinuz-lts', null],
  ['vmlinuz', null],
  ['kernel7.img', null],
  ['vmlinuz-0-rescue-4a5b', null],
])('the image %s is of the release %s', (path, release) => {
  expect(releaseOfImage(path)).toBe(release)
})
