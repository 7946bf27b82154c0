import type { ChildProcess } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { rpmKernelFormat, rpmPatchFormat } from '@graftwatch/livepatch/parse/rpm'
import { failureOf } from './host-files.ts'

/**
 * Every program the agent ever starts, with the arguments it starts it with. Nothing else in the agent starts one.
 *
 * Absolute paths, no shell, no input, `LC_ALL=C`, an end by time and by size. They only ask: no verb here changes anything.
 */
export interface Program {
  /** The first that may be run is. */
  paths: readonly string[]
  args: readonly string[]
  timeoutMs: number
  /** Output beyond this is not read, and the program is ended. */
  maxBytes: number
}

/** What a program printed. `isCut`: it had more to say than it may. */
export interface Answer {
  exitCode: number | null
  output: string
  /** The beginning of what it said beside its output. */
  complaint: string
  isCut: boolean
}

const rpm = { paths: ['/usr/bin/rpm', '/bin/rpm'], timeoutMs: 15_000, maxBytes: 2 * 1024 * 1024 }
const kcarectl = { paths: ['/usr/bin/kcarectl'], timeoutMs: 15_000, maxBytes: 64 * 1024 }
const patchPackages = [
  'kpatch-patch-*',
  'kernel-livepatch-*',
  'kgraft-patch-*',
  'livepatch-*',
  '*-livepatch-*',
]

export const programs = {
  rpmPatchPackages: { ...rpm, args: ['-qa', '--queryformat', rpmPatchFormat, ...patchPackages] },
  klpPatches: {
    paths: ['/usr/bin/klp', '/usr/sbin/klp'],
    args: ['-v', 'patches'],
    timeoutMs: 10_000,
    maxBytes: 256 * 1024,
  },
  kgrPatches: {
    paths: ['/usr/bin/kgr', '/usr/sbin/kgr'],
    args: ['-v', 'patches'],
    timeoutMs: 10_000,
    maxBytes: 256 * 1024,
  },
  kernelcareInfo: { ...kcarectl, args: ['--info'] },
  kernelcareStatus: { ...kcarectl, args: ['--status'] },
  canonicalStatus: {
    // By its full path: snaps are on the path of login shells only.
    paths: ['/snap/bin/canonical-livepatch'],
    args: ['status', '--format', 'json'],
    timeoutMs: 15_000,
    maxBytes: 512 * 1024,
  },
} as const satisfies Record<string, Program>

/**
 * rpm on the package that owns this kernel's image, beside the modules or in /boot. Null for a release that could be anything but
 * a file's name. Changelogs of kernels have several MB, the newest entries first.
 */
export function rpmKernelPackage(release: string): Program | null {
  if (!/^\d[A-Za-z0-9._+~-]{1,127}$/.test(release)) return null
  const images = [`/lib/modules/${release}/vmlinuz`, `/boot/vmlinuz-${release}`]
  return { ...rpm, maxBytes: 512 * 1024, args: ['-qf', '--queryformat', rpmKernelFormat, ...images] }
}

/** Absolute, so that none is an option, and without what dpkg-query takes for a pattern. */
const arePlain = (paths: readonly string[]): boolean =>
  paths.every((path) => /^\/[A-Za-z0-9._+~@%:,=/-]{1,1000}$/.test(path))

const dpkgQuery = { paths: ['/usr/bin/dpkg-query'], timeoutMs: 15_000, maxBytes: 64 * 1024 }

/** The managers on the packages that own these files. Null when one of the paths could be anything but a file's. */
export const dpkgOwners = (paths: readonly string[]): Program | null =>
  arePlain(paths) ? { ...dpkgQuery, args: ['--search', '--', ...paths] } : null
export const rpmOwners = (paths: readonly string[]): Program | null =>
  arePlain(paths) ? { ...rpm, args: ['-qf', '--queryformat', rpmPatchFormat, ...paths] } : null

/** Why a program of a host that is seen from outside (`--root`) has no answer, and what to do. */
export const onHostOnly =
  'it runs on the host only, and this agent looks at the host from outside. Install the agent on the host itself.'

const environment = { LC_ALL: 'C', PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }
const maxComplaint = 1024

/**
 * Runs a program to its end, its time or its size, whichever comes first. Null when the host does not have it. Its exit code is
 * an answer like its output, since tools give both a meaning. Throws when it may not be run, cannot be started or takes too long.
 */
export async function ask(program: Program): Promise<Answer | null> {
  const path = findExecutable(program.paths)
  if (path === null) return null
  // Most hosts have none of these programs, and need no memory for starting one.
  const { spawn } = await import('node:child_process')
  return new Promise((answered, failed) => {
    const child = spawn(path, program.args, {
      cwd: '/',
      env: environment,
      // A group of its own: tools that are scripts start others, and those hold the output open.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const chunks: Buffer[] = []
    let length = 0
    let complaint = ''
    const finish = (exitCode: number | null, isCut: boolean): void => {
      clearTimeout(timer)
      if (isCut) endGroup(child)
      const output = Buffer.concat(chunks).subarray(0, program.maxBytes).toString('utf8')
      if (exitCode !== null && exitCode !== 0 && output.trim() === '' && complaint.trim() !== '')
        failed(new Error(`${path} ended with ${exitCode}: ${complaint.trim().split('\n')[0]}`))
      else answered({ exitCode, output, complaint, isCut })
    }
    const timer = setTimeout(() => {
      endGroup(child)
      failed(new Error(`${path} gave no answer within ${program.timeoutMs / 1000} s`))
    }, program.timeoutMs)
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      length += chunk.length
      if (length > program.maxBytes) finish(null, true)
    })
    child.stderr.on('data', (chunk: Buffer) => {
      if (complaint.length < maxComplaint) complaint += chunk.toString('utf8').slice(0, maxComplaint)
    })
    child.on('error', (error) => {
      clearTimeout(timer)
      failed(new Error(`${path} cannot be started: ${error.message}`))
    })
    child.on('close', (exitCode) => finish(exitCode, false))
  })
}

/** The first that may be run; null when none is there. Throws when all that are there may not be. */
function findExecutable(paths: readonly string[]): string | null {
  let refusal: Error | null = null
  for (const path of paths) {
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch (error) {
      const { code, isGone } = failureOf(error)
      if (!isGone) refusal ??= new Error(`${path} may not be run by the agent's user (${code})`)
    }
  }
  if (refusal !== null) throw refusal
  return null
}

/**
 * Ends what the agent itself started: the child's own group, whose number nobody else gets while any of it lives. Not for a group
 * that has closed its output: it is over.
 */
function endGroup(child: ChildProcess): void {
  child.stdout?.destroy()
  child.stderr?.destroy()
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, 'SIGKILL')
  } catch {
    // It ended by itself meanwhile.
  }
}
