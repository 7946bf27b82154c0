import { readFileSync } from 'node:fs'

/** Replaced by the build; in the repository the version comes from package.json. */
declare const __AGENT_VERSION__: string | undefined

/** Version of this agent, as reports carry it. */
export const agentVersion: string =
  typeof __AGENT_VERSION__ === 'string' ? __AGENT_VERSION__ : versionOfSource()

function versionOfSource(): string {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return manifest.version
}
