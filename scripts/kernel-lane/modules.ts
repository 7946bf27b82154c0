import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Kernel } from './debian.ts'

const ours = fileURLToPath(new URL('modules/', import.meta.url))
/** The kernel's own: two self-tests and two samples, with the module that the second one patches. */
const kernels = [
  'test_klp_livepatch',
  'test_klp_atomic_replace',
  'livepatch-sample',
  'livepatch-shadow-fix1',
  'livepatch-shadow-mod',
]

/** Builds the kernel's live patches and ours against its headers; returns the folder with the `.ko` files. */
export function buildModules({ release, root, sources }: Kernel, folder: string): string {
  const build = join(folder, `modules-${release}`)
  mkdirSync(build, { recursive: true })
  const own = readdirSync(ours).filter((name) => /^lab_\w+\.c$/.test(name))
  for (const name of own) copyFileSync(join(ours, name), join(build, name))
  for (const name of kernels) copyFileSync(join(sources, `${name}.c`), join(build, `${name}.c`))
  const names = [...own.map((name) => name.slice(0, -2)), ...kernels]
  writeFileSync(join(build, 'Kbuild'), `obj-m := ${names.map((name) => `${name}.o`).join(' ')}\n`)
  const headers = join(root, 'usr/src', `linux-headers-${release}`)
  // Type information for tracers needs pahole and the whole vmlinux, and livepatch does without.
  const parameters = [
    '-C',
    headers,
    `M=${build}`,
    'CONFIG_DEBUG_INFO_BTF_MODULES=',
    `-j${cpus().length}`,
    'modules',
  ]
  try {
    execFileSync('make', parameters, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: 240_000,
    })
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(
      `make of the modules for ${release} failed:\n${stdout?.slice(-1500)}${stderr?.slice(-1500)}`,
    )
  }
  const absent = names.filter((name) => !existsSync(join(build, `${name}.ko`)))
  if (absent.length > 0) throw new Error(`make for ${release} built no ${absent.join(', ')}`)
  return build
}

/** A program for the guest, without libraries. */
export function buildProgram(name: string, folder: string): string {
  const program = join(folder, name)
  execFileSync('gcc-12', ['-O1', '-static', '-pthread', '-o', program, join(ours, `${name}.c`)], {
    stdio: 'pipe',
  })
  return program
}
