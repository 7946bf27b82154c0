import { Failure } from '../failure.ts'
import { hostFiles } from '../host-files.ts'
import { enrollHost } from '../session.ts'
import { parseUrl, type Settings } from '../settings.ts'
import { openStateDirectory } from '../state-dir.ts'

/**
 * Exchanges an enrollment token for this host's own key, kept in the state directory with mode 0600. Enrolling again
 * replaces the key. Throws Failure (usage) when URL or token is missing.
 */
export async function enroll(
  options: { url?: string | undefined; token?: string | undefined },
  settings: Settings,
  print: (text: string) => void,
): Promise<void> {
  const url = options.url === undefined ? settings.url : parseUrl(options.url, '--url')
  // The environment is the better place: a command line is readable by every user of the host.
  const token = settings.token ?? options.token ?? null
  if (url === null) throw new Failure('the server is missing: pass --url, or set GRAFTWATCH_URL.', 2)
  if (token === null) throw new Failure('the token is missing: set GRAFTWATCH_TOKEN, or pass --token.', 2)
  const state = openStateDirectory(settings.stateDirectory)
  const enrolled = await enrollHost(url, token, settings, state, hostFiles(settings.root))
  // Numbers go on where the server stands, so that a reinstalled host is not taken for an old report.
  state.nextSequence(enrolled.lastSequence)
  print(`Enrolled as host ${enrolled.hostId}. Start reporting with \`graftwatch-agent run\`.\n`)
}
