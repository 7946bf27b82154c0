import type { AgentCapability, AgentLevel } from '@graftwatch/contract/vocabulary'
import { allCapabilities } from '../capabilities.ts'
import { createDelivery } from '../delivery.ts'
import { type HostFiles, hostFiles } from '../host-files.ts'
import { examineRights, levelOf, missingCapabilities, type Right } from '../rights.ts'
import { runningService } from '../service-rights.ts'
import type { Settings } from '../settings.ts'

/**
 * Prints what can and cannot be read here, what each missing right costs and the lines that grant it, the level that makes, what
 * the running service may, and whether the server takes this host's word. Returns the exit code: 0 when everything can be read
 * and delivered, 1 when something is missing. Reads only, and sends nothing that a server would keep.
 */
export async function doctor(settings: Settings, print: (text: string) => void): Promise<number> {
  const { root } = settings
  const files = hostFiles(root)
  if (!files.exists('proc/stat')) {
    print(
      root === '/'
        ? `This is ${process.platform} without /proc; the agent reads live-patch state on Linux only.\n`
        : `${root} holds no proc/, so there is nothing to examine.\n`,
    )
    return 1
  }
  const rights = examineRights(files)
  print(table(rights))
  const level = levelOf(rights, settings.sendsCommandLines)
  print(`\nLevel of this run: ${level}, ${levelWords[level]}.\n`)
  const missing = rights.filter(({ verdict }) => verdict === 'missing')
  print(remedies(missing))
  const isServiceWell = files.isLive ? describeService(files, print) : true
  const isDelivered = files.isLive ? await describeDelivery(settings, print) : true
  return missing.length === 0 && isServiceWell && isDelivered ? 0 : 1
}

const levelWords: Record<AgentLevel, string> = {
  progress: 'states and counts, without what holds a task',
  causes: 'states, counts, and what holds a task',
  full: 'states, counts, what holds a task, and command lines',
}

const verdictWords: Record<Right['verdict'], string> = { ok: 'ok', missing: 'missing', absent: 'absent' }

function table(rights: readonly Right[]): string {
  const width = Math.max(...rights.map(({ what }) => what.length))
  return rights
    .map(({ what, verdict, reason, cost }) => {
      const detail = reason === null ? '' : verdict === 'missing' ? `${reason}: ${cost}` : reason
      return `${`${verdictWords[verdict].padEnd(7)}  ${what.padEnd(width)}  ${detail}`.trimEnd()}\n`
    })
    .join('')
}

function remedies(missing: readonly Right[]): string {
  const capabilities = missingCapabilities(missing)
  const isClosed = missing.some((right) => right.capabilities.length === 0)
  return [
    capabilities.length > 0 ? grantOf(capabilities) : '',
    isClosed
      ? `
What is missing with no capability to grant is closed by a container, a security module or a setting of the kernel. In a container:
run it with the processes and the /sys of the host (Kubernetes \`hostPID: true\` and a privileged container; \`--pid=host --privileged\`).
`
      : '',
  ].join('')
}

/** Root in a container or a sandbox can lack what root on a host has; "run as root" would then be no help. */
const grantOf = (capabilities: readonly AgentCapability[]): string => `
To grant what is missing, ${process.getuid?.() === 0 ? 'run outside of the container or sandbox that takes it from root' : 'run as root'}, or add this with \`sudo systemctl edit graftwatch-agent\`
and restart it with \`sudo systemctl restart graftwatch-agent\`:

${linesFor(capabilities)}`

const linesFor = (capabilities: readonly AgentCapability[]): string => `  [Service]
  CapabilityBoundingSet=${capabilities.join(' ')}
  AmbientCapabilities=${capabilities.join(' ')}
`

/** What the service lacks, which root who asks does not. Returns whether nothing is; true when it does not run. */
function describeService(files: HostFiles, print: (text: string) => void): boolean {
  const service = runningService(files)
  if (service === null || service.pid === String(process.pid)) return true
  const { pid, capabilities } = service
  if (capabilities === null) return true
  const lacking = allCapabilities.filter((name) => !capabilities.includes(name))
  if (lacking.length === 0) {
    print(`\nThe service (process ${pid}) has every capability it can use.\n`)
    return true
  }
  print(
    `\nThe service (process ${pid}) lacks ${lacking.join(', ')}. If it is to have them, \`sudo systemctl edit graftwatch-agent\`:\n\n${linesFor(lacking)}`,
  )
  return false
}

/**
 * Asks the server with this host's key and a heartbeat that says nothing: it checks the key first and then refuses the rest, so
 * that name, network, certificate, proxy and key are tried and nothing is kept.
 */
async function describeDelivery(settings: Settings, print: (text: string) => void): Promise<boolean> {
  const { url, stateDirectory } = settings
  const say = (text: string): void => print(`\nDelivery: ${text}\n`)
  if (url === null) {
    say('not examined; set GRAFTWATCH_URL, or run this as root where /etc/graftwatch-agent.env holds it.')
    return true
  }
  const key = keyIn(stateDirectory)
  const delivery = createDelivery(url, key.hostKey ?? 'none', { network: settings.networkFor(url) })
  const outcome = await delivery.send({ path: '/v1/heartbeats', body: '{}' })
  if (outcome.kind === 'later') {
    say(`${url} cannot be reached or is busy (${outcome.why}). Reports wait on this host until it can.`)
    return false
  }
  if (key.hostKey === null) {
    say(`${url} answers. ${key.why}`)
    return key.isHidden
  }
  if (outcome.kind === 'unauthorized') {
    say(`${url} answers, but does not know this host's key. Enroll it again: \`graftwatch-agent enroll\`.`)
    return false
  }
  say(`${url} answers and knows this host's key.`)
  return true
}

function keyIn(stateDirectory: string): { hostKey: string | null; why: string; isHidden: boolean } {
  const text = hostFiles('/').read(`${stateDirectory.replace(/^\/+/, '')}/host-key`, 4096)
  if (typeof text === 'string') {
    try {
      const { hostKey } = JSON.parse(text) as { hostKey?: unknown }
      if (typeof hostKey === 'string' && hostKey !== '') return { hostKey, why: '', isHidden: false }
    } catch {}
    return { hostKey: null, why: `${stateDirectory}/host-key is damaged.`, isHidden: false }
  }
  return text.isDenied
    ? { hostKey: null, why: 'Whether it knows this host only root can ask.', isHidden: true }
    : { hostKey: null, why: 'This host is not enrolled yet.', isHidden: false }
}
