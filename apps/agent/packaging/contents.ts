import { readFileSync } from 'node:fs'

/** One file as a package installs it. */
export interface PackagedFile {
  /** Absolute, with a leading slash. */
  path: string
  /** Permission bits. */
  mode: number
  content: Buffer
  /** Kept when a person has changed it. */
  isSettings?: boolean
}

/** The program in a package: the single file for Node.js, or the executable that needs none. */
export interface Program {
  name: 'graftwatch-agent.mjs' | 'graftwatch-agent'
  content: Buffer
}

const source = (name: string): Buffer => readFileSync(new URL(name, import.meta.url))

export const lib = '/usr/lib/graftwatch-agent'
const units = '/usr/lib/systemd/system'

/** Everything that a package puts on a host, sorted by path, all of it root's. */
export function contentsOf(program: Program): PackagedFile[] {
  const files: PackagedFile[] = [
    {
      path: '/etc/graftwatch-agent.env',
      mode: 0o600,
      content: source('graftwatch-agent.env'),
      isSettings: true,
    },
    { path: '/usr/bin/graftwatch-agent', mode: 0o755, content: source('graftwatch-agent.sh') },
    {
      path: `${lib}/${program.name}`,
      mode: program.name === 'graftwatch-agent' ? 0o755 : 0o644,
      content: program.content,
    },
    ...['progress', 'causes', 'full'].map((level) => ({
      path: `${lib}/levels/${level}.conf`,
      mode: 0o644,
      content: source(`levels/${level}.conf`),
    })),
    { path: `${units}/graftwatch-agent.service`, mode: 0o644, content: source('graftwatch-agent.service') },
    {
      path: `${units}/graftwatch-agent.service.d/10-level.conf`,
      mode: 0o644,
      content: source('levels/causes.conf'),
    },
    {
      path: '/usr/lib/sysusers.d/graftwatch-agent.conf',
      mode: 0o644,
      content: source('graftwatch-agent.sysusers'),
    },
    { path: '/usr/share/doc/graftwatch-agent/copyright', mode: 0o644, content: source('../../../LICENSE') },
  ]
  return files.sort((a, b) => (a.path < b.path ? -1 : 1))
}

/** Folders that no other package brings, and that go with this one. */
export const ownFolders = [
  lib,
  `${lib}/levels`,
  `${units}/graftwatch-agent.service.d`,
  '/usr/share/doc/graftwatch-agent',
]

/** The shell functions of all maintainer scripts, in one text that starts with `set -e`. */
export const scriptPrelude = (): string => `set -e\n${source('account.sh')}${source('lifecycle.sh')}`

export const summary = "Reports the kernel's live-patch state to a Graftwatch server"
export const description =
  'Reads which live patches the running kernel has, how far a transition has come and what holds it,\nand reports it over HTTPS. It only reads: it loads, disables and forces no patch, and signals no task.'
export const homepage = 'https://github.com/graftwatch/graftwatch'
export const maintainer = 'Graftwatch <packages@graftwatch.invalid>'

/** What a package of this version is called and where it runs. `epochSeconds` dates all of it. */
export interface PackageFacts {
  version: string
  epochSeconds: number
  /** Node's name of the processor; null for the single file, which runs on any. */
  arch: 'x64' | 'arm64' | null
}
