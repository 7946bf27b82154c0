import { resolve } from 'node:path'
import { Failure } from './failure.ts'
import { type Network, networkFor } from './network.ts'

/** What the environment says. Nothing else in the agent reads it. */
export interface Settings {
  url: string | null
  token: string | null
  labels: Record<string, string>
  /** Seconds between readings at rest until the server names another interval; 1 to 600. */
  intervalSeconds: number
  stateDirectory: string
  /** Whether command lines of blocking processes are sent; they can hold secrets. Off unless asked for. */
  sendsCommandLines: boolean
  /** How a server is reached: its proxy and the authorities to trust. Throws Failure (usage) that names the variable. */
  networkFor: (url: string) => Network
  /** The folder that holds proc/, sys/ and etc/ of the host: /, or where a container has them mounted. */
  root: string
}

/** Settings from `GRAFTWATCH_*`. Throws Failure (usage) that names the variable and what it wants; never shows a token. */
export function readSettings(
  environment: Readonly<Record<string, string | undefined>>,
  root = '/',
): Settings {
  return {
    url: environment.GRAFTWATCH_URL ? parseUrl(environment.GRAFTWATCH_URL, 'GRAFTWATCH_URL') : null,
    token: environment.GRAFTWATCH_TOKEN || null,
    labels: parseLabels(environment.GRAFTWATCH_LABELS ?? ''),
    intervalSeconds: parseInterval(environment.GRAFTWATCH_INTERVAL_SECONDS),
    stateDirectory: resolve(environment.GRAFTWATCH_STATE_DIR || '/var/lib/graftwatch-agent'),
    sendsCommandLines: parseSwitch(environment.GRAFTWATCH_COMMAND_LINES, 'GRAFTWATCH_COMMAND_LINES'),
    networkFor: (url) => networkFor(url, environment),
    root,
  }
}

/** An http or https URL without trailing slash. `name` is what the person set. */
export function parseUrl(value: string, name: string): string {
  let url: URL | null = null
  try {
    url = new URL(value)
  } catch {}
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new Failure(`${name} must be an http or https URL, such as https://graftwatch.example.com.`, 2)
  }
  if (url.username || url.password || url.search || url.hash) {
    throw new Failure(
      `${name} must hold no credentials, query or fragment; the token has its own variable.`,
      2,
    )
  }
  return url.href.replace(/\/+$/, '')
}

// The same grammar as the contract's labels, which is a zod schema and would bring zod into the bundle; a test compares them.
const labelKey = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/

/** `env=prod,team=x`: at most 64 labels as Kubernetes allows them. Throws Failure (usage). */
export function parseLabels(text: string): Record<string, string> {
  const labels = new Map<string, string>()
  for (const part of text.split(',').map((piece) => piece.trim())) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const key = equals < 0 ? part : part.slice(0, equals).trim()
    const value = equals < 0 ? '' : part.slice(equals + 1).trim()
    if (equals < 0 || !labelKey.test(key) || !labelValue.test(value) || key === '__proto__') {
      throw new Failure(
        `GRAFTWATCH_LABELS: "${part}" is not key=value as Kubernetes labels are, such as env=prod.`,
        2,
      )
    }
    labels.set(key, value)
  }
  if (labels.size > 64)
    throw new Failure(`GRAFTWATCH_LABELS holds ${labels.size} labels; 64 is the limit.`, 2)
  return Object.fromEntries([...labels].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function parseInterval(value: string | undefined): number {
  if (!value) return 60
  const seconds = Number(value)
  if (!Number.isFinite(seconds) || seconds < 1 || seconds > 600) {
    throw new Failure('GRAFTWATCH_INTERVAL_SECONDS must be a number from 1 to 600.', 2)
  }
  return seconds
}

/** `1` or `0`; absent or empty is `0`. Anything else is refused, since a typing error must not decide what leaves the host. */
function parseSwitch(value: string | undefined, name: string): boolean {
  if (value === '1') return true
  if (!value || value === '0') return false
  throw new Failure(`${name} must be 1 or 0.`, 2)
}
