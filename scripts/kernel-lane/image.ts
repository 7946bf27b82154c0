import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Kernel } from './debian.ts'

/** Network of the guest, in the order in which they need each other; some are part of some kernels. */
const networkModules = [
  'virtio_ring',
  'virtio',
  'virtio_pci_modern_dev',
  'virtio_pci_legacy_dev',
  'virtio_pci',
  'failover',
  'net_failover',
  'virtio_net',
]

/** Mounts, brings up the network, then takes commands from the second serial line for as long as it is asked. */
const init = (hostname: string) => `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
mount -t tracefs tracefs /sys/kernel/tracing
hostname ${hostname}
for module in ${networkModules.join(' ')}; do
  [ -f /modules/$module.ko ] && insmod /modules/$module.ko
done
ip link set lo up
ip link set eth0 up
ip addr add 10.0.2.15/24 dev eth0
ip route add default via 10.0.2.2
stty -F /dev/ttyS1 raw -echo
exec < /dev/ttyS1 > /dev/ttyS1 2>&1
# In a shell of its own: what came over the line before it was there to be read is cut off, and no syntax.
while true; do read -r line && ( eval "$line" ); done
`

export interface ImageParts {
  kernel: Kernel
  /** Folder with the live patches. */
  modules: string
  /** The agent's bundle. */
  agent: string
  programs: string[]
  /** Without a trailing newline. */
  machineId: string
  hostname: string
}

/**
 * Writes an initramfs: busybox, Node with its libraries, the agent, the modules. Not compressed: an emulated processor would
 * take longer to unpack it than the host takes to copy it.
 */
export function buildImage(parts: ImageParts, folder: string): string {
  const root = join(folder, `image-${parts.kernel.release}`)
  rmSync(root, { recursive: true, force: true })
  const put = (from: string, to: string): void => {
    mkdirSync(dirname(join(root, to)), { recursive: true })
    copyFileSync(from, join(root, to))
  }
  for (const name of ['proc', 'sys', 'dev', 'tmp', 'etc', 'lib64'])
    mkdirSync(join(root, name), { recursive: true })
  put('/bin/busybox', 'bin/busybox')
  symlinkSync('busybox', join(root, 'bin/sh'))
  put(process.execPath, 'bin/node')
  for (const library of librariesOf(process.execPath)) put(library, library)
  put(parts.agent, 'agent.mjs')
  for (const program of parts.programs) put(program, `bin/${basename(program)}`)
  for (const name of readdirSync(parts.modules).filter((file) => file.endsWith('.ko')))
    put(join(parts.modules, name), `modules/${name}`)
  putNetwork(parts.kernel, join(root, 'modules'))
  writeFileSync(join(root, 'etc/machine-id'), `${parts.machineId}\n`)
  writeFileSync(
    join(root, 'etc/os-release'),
    'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\n',
  )
  writeFileSync(join(root, 'init'), init(parts.hostname))
  for (const name of [
    'init',
    'bin/busybox',
    'bin/node',
    ...parts.programs.map((file) => `bin/${basename(file)}`),
  ])
    chmodSync(join(root, name), 0o755)
  const image = `${root}.cpio`
  execFileSync('sh', ['-c', 'find . | cpio --quiet -o -H newc > "$1"', 'sh', image], {
    cwd: root,
    stdio: 'pipe',
  })
  rmSync(root, { recursive: true })
  return image
}

const librariesOf = (program: string): string[] =>
  [...execFileSync('ldd', [program], { encoding: 'utf8' }).matchAll(/(\/\S+) \(0x/g)].map(
    (match) => match[1] ?? '',
  )

function putNetwork({ root, release }: Kernel, folder: string): void {
  const drivers = join(root, 'lib/modules', release, 'kernel')
  const usrDrivers = join(root, 'usr/lib/modules', release, 'kernel')
  const found = execFileSync(
    'find',
    [drivers, usrDrivers, '-name', '*.ko*'].filter((part) => !part.startsWith('/') || exists(part)),
    { encoding: 'utf8' },
  ).split('\n')
  for (const name of networkModules) {
    const file = found.find((path) => /^[^.]+/.exec(basename(path))?.[0] === name)
    if (file === undefined) continue
    const target = join(folder, basename(file))
    copyFileSync(file, target)
    if (target.endsWith('.xz')) execFileSync('xz', ['-d', '-f', target])
  }
}

const exists = (path: string): boolean => {
  try {
    return readdirSync(path).length > 0
  } catch {
    return false
  }
}
