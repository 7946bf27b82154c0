import type { AlertCondition } from '@graftwatch/contract'
import { remedyFor } from '@graftwatch/livepatch'
import { duration } from '@graftwatch/livepatch/duration'
import { Liquid, LiquidError } from 'liquidjs'
import { remedyOfSignature } from '../fleet/signature-remedy.ts'
import type { Evidence } from './conditions.ts'

/** What an alert is, as far as its texts need it. */
export interface Told {
  name: string
  condition: AlertCondition
  severity: string
  hosts: number
  silentHosts: number
  since: string
  labels: Readonly<Record<string, string>>
  /** What the rule groups by. */
  groupBy: readonly string[]
  evidence: Evidence
  drill: boolean
}

const engine = new Liquid({
  strictVariables: true,
  strictFilters: true,
  ownPropertyOnly: true,
  parseLimit: 8_000,
  renderLimit: 50,
  memoryLimit: 200_000,
  // A template of a rule is a text, never a file.
  templates: {},
})

const textMax = 1000
const unknown = 'unknown'

/** What a template can name; docs/alerting.md lists it. All of it is there always, as `unknown` where nobody knows. */
function variables(
  { name, condition, severity, hosts, silentHosts, since, labels, groupBy, evidence, drill }: Told,
  now: number,
) {
  const { signature } = evidence
  return {
    alertname: name,
    condition,
    severity,
    hosts,
    hosts_text: hosts === 1 ? clean(evidence.host) : `${hosts.toLocaleString('en-US')} hosts`,
    silent_hosts: silentHosts,
    host: clean(evidence.host),
    since,
    oldest: duration((now - Date.parse(since)) / 1000),
    patch: clean(evidence.patch ?? unknown),
    direction: evidence.direction ?? 'moving',
    remaining: evidence.remaining ?? unknown,
    total: evidence.total ?? unknown,
    detail: clean(evidence.detail === null ? unknown : (detailWords[evidence.detail] ?? evidence.detail)),
    tries: evidence.tries ?? 1,
    cause: signature === null ? (drill ? 'a fire drill' : 'cause not known') : clean(causeText(signature)),
    labels: Object.fromEntries(groupBy.map((key) => [key, labels[key] ?? unknown])),
  }
}

/** What reasons of states are called in a sentence; what is not here is told as it is. */
const detailWords: Readonly<Record<string, string>> = {
  noProgress: 'no progress',
  noProgressByAge: 'no progress, by age: its tasks cannot be read',
  noProgressHidden: 'no progress: only hidden tasks remain',
  reversed: 'taken back',
  selfReversed: 'its own tool took it back',
  refused: 'refused by the kernel',
  reportedByClient: 'the vendor’s client says that it failed',
  justBooted: 'since their boot',
  notLoaded: 'not loaded',
  clientOff: 'the vendor’s client is off',
  noSysfs: 'the kernel’s files are not there',
  sourceFailed: 'they could not be read',
  contradiction: 'the kernel’s files contradict each other',
  blind: 'it lacks rights',
  lockup: 'lockup',
}

const causeText = ({ comm, kind, function: held, unit }: NonNullable<Evidence['signature']>): string =>
  `${comm}${kind === 'kthread' ? ' (kernel thread)' : ''}${held === null ? '' : ` in ${held}`}${unit === null ? '' : `, ${unit}`}`

/** A text that the database and every receiver can hold: not cut within a character, and without NUL. */
const cut = (text: string): string => text.slice(0, textMax).toWellFormed().replaceAll('\u0000', '')

/** Names come from hosts: one line, nothing that turns or hides text. */
const clean = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim()

/** Fills a template. Never throws: what cannot be filled in stays as the name of its rule, with why. */
export function textOf(template: string, told: Told, now = Date.now()): string {
  try {
    return cut(engine.parseAndRenderSync(template, variables(told, now)))
  } catch (error) {
    return cut(`${told.name} (its template fails: ${error instanceof Error ? error.message : 'unknown'})`)
  }
}

/** What is wrong with a template and where; null for one that can be filled in. Tried on an example, so that misspelled names show. */
export function templateTrouble(
  template: string,
  groupBy: readonly string[],
): { line: number; column: number; message: string } | null {
  try {
    engine.parseAndRenderSync(template, variables({ ...exampleTold, groupBy }, Date.now()))
    return null
  } catch (error) {
    const [line, column] = error instanceof LiquidError ? error.token.getPosition() : [1, 1]
    const message = error instanceof Error ? error.message.split(/, line:|\n/)[0] : ''
    return { line: line ?? 1, column: column ?? 1, message: message || 'cannot be filled in' }
  }
}

/** An alert that nobody has, to try templates on. */
export const exampleTold: Told = {
  drill: false,
  name: 'Example',
  condition: 'stuck',
  severity: 'ticket',
  hosts: 38,
  silentHosts: 0,
  since: new Date(Date.now() - 41 * 60_000).toISOString(),
  labels: { owner: 'virtualization' },
  groupBy: ['owner'],
  evidence: {
    host: 'kvm-01',
    patch: 'kpatch_5_14_0_1_3',
    direction: 'patching',
    remaining: 1,
    total: 412,
    detail: 'noProgress',
    tries: 1,
    signalsByItself: true,
    modules: [],
    replaces: false,
    signature: {
      id: '1',
      direction: 'patching',
      function: 'vhost_worker',
      kind: 'kthread',
      comm: 'vhost-N',
      unit: null,
      task: null,
    },
  },
}

const servesOld = 'No: the old code keeps serving; the exposure goes on.'

/** Whether to get up for it, and why: what happens if nobody does until the morning. */
export function actNow({
  condition,
  evidence,
  severity,
}: Pick<Told, 'condition' | 'evidence' | 'severity'>): {
  now: boolean
  why: string
} {
  const no = (why: string) => ({ now: false, why })
  const yes = (why: string) => ({ now: true, why })
  switch (condition) {
    case 'stuck':
      if (evidence.modules.length > 0)
        return severity === 'page'
          ? yes(
              `Yes: the patch changes ${evidence.modules.join(', ')}, which can be left half-registered. Look for errors of it.`,
            )
          : no(
              `No, unless ${evidence.modules.join(', ')} misbehaves: both versions serve, and it can be left half-registered.`,
            )
      if (evidence.direction === 'unpatching')
        return no('No: tasks that still run the patched code are protected.')
      return no(evidence.replaces ? 'No: the patch before keeps serving, and its fixes hold.' : servesOld)
    case 'failed':
      return no(`${servesOld} The next try may fail the same way.`)
    case 'crash':
      return yes('Yes: stop the rollout of this patch before it reaches more hosts.')
    case 'patch-off':
      return yes('Yes: fixed holes are open again, and nobody announced it.')
    case 'unknown-patch':
    case 'other-build':
      return yes('Yes: code that nobody vouches for runs in the kernel.')
    case 'forced':
      return no('No: it looks done and may not be. Plan a reboot.')
    case 'silent':
      return no('No, if the hosts serve: nothing is known of them, and nothing says that they are worse.')
    default:
      return no('No: nothing gets worse by morning.')
  }
}

/** The first safe step; of a task that holds, what frees it. */
export function firstStep({ condition, evidence }: Pick<Told, 'condition' | 'evidence'>): string {
  const { signature } = evidence
  if (signature !== null && (condition === 'stuck' || condition === 'failed')) {
    const { safeStep } = signature.task
      ? remedyFor({
          task: signature.task,
          direction: signature.direction,
          patch: evidence.patch ?? 'the patch',
          signalsByItself: evidence.signalsByItself,
        })
      : remedyOfSignature(signature).remedy
    return condition === 'failed' && !safeStep.endsWith('let it retry.')
      ? `${safeStep} Then let it be tried once more.`
      : safeStep
  }
  return steps[condition]
}

const steps: Record<AlertCondition, string> = {
  stuck: 'Look at the host’s page for what its agent can see of the tasks that remain.',
  failed: 'Read why it was refused, mend that, then let it be tried once.',
  'patch-off': 'Ask who did it. If nobody: treat the host as attacked, and have the patch enabled again.',
  'not-loaded': 'Look at the service that loads live patches at boot, and at its package.',
  forced: 'Plan a reboot into a fixed kernel; do not count the host as protected until then.',
  'unknown-patch':
    'Find out who loaded the module and from where; take the host out of service if nobody knows.',
  'other-build': 'Compare the two builds on the page of the patch, and ask who built the other.',
  disagree: 'Believe the kernel. Look at both words on the host’s page, then restart or repair the client.',
  silent: 'See whether the hosts are up, then whether their agents run and reach this server.',
  'sight-lost':
    'Run `graftwatch-agent doctor` on the host; it prints the line that grants the missing right.',
  crash: 'Stop the rollout of the patch. Keep the crash dump and the console log of one host.',
  'would-regress': 'Install a kernel with the fixes before anybody reboots the host.',
  'data-dropped': 'Look at the disk of the host’s agent, and at how long this server was away from it.',
}
