import type { WriteRule } from '@graftwatch/contract'
import type pg from 'pg'

type Default = Pick<WriteRule, 'name' | 'condition' | 'severity' | 'forSeconds' | 'summary' | 'description'> &
  Partial<WriteRule>

const minute = 60
const hour = 60 * minute

/**
 * The rules that are there from the first start: which condition pages, which is a ticket and which is only shown, as
 * operations practice has it. Each is made once; what somebody changes stays changed.
 */
export const defaultRules: readonly Default[] = [
  {
    name: 'Crash-after-load',
    condition: 'crash',
    severity: 'page',
    forSeconds: 0,
    groupBy: ['owner'],
    summary: '{{ hosts_text }} crashed ({{ detail }}) within an hour of loading {{ patch }}',
    description: 'The kernel of {{ host }} reported an {{ detail }} within an hour of loading {{ patch }}.',
  },
  {
    name: 'Patch-taken-off',
    condition: 'patch-off',
    severity: 'page',
    forSeconds: 0,
    groupBy: ['owner'],
    summary: '{{ patch }} was {{ detail }} on {{ hosts_text }}: its fixes are open again',
    description:
      'On {{ host }} the live patch {{ patch }} was {{ detail }}, without a reboot and without another in its place.',
  },
  {
    name: 'Unknown-patch',
    condition: 'unknown-patch',
    severity: 'page',
    forSeconds: 0,
    groupBy: ['owner'],
    summary: '{{ patch }} runs on {{ hosts_text }} and belongs to no installed package',
    description: 'A live patch is arbitrary kernel code. No package of {{ host }} brought {{ patch }}.',
  },
  {
    name: 'Other-build',
    condition: 'other-build',
    severity: 'page',
    forSeconds: 0,
    groupBy: ['owner'],
    summary: '{{ hosts_text }}: {{ patch }} in another build than elsewhere',
    description:
      '{{ host }} runs build {{ detail }} of {{ patch }}; nearly all hosts with its kernel run another.',
  },
  {
    name: 'Stuck',
    condition: 'stuck',
    severity: 'ticket',
    forSeconds: 15 * minute,
    forWithoutSignalsSeconds: 30 * minute,
    groupBy: ['owner'],
    summary: '{{ hosts_text }} held by one cause: {{ cause }} · oldest {{ oldest }} · patch {{ patch }}',
    description:
      '{{ host }} has been {{ direction }} with {{ remaining }} of {{ total }} tasks left and no progress for {{ oldest }}.',
  },
  {
    name: 'Stuck-critical',
    condition: 'stuck',
    severity: 'page',
    selector: 'tier=critical',
    changesModules: true,
    forSeconds: 30 * minute,
    groupBy: ['owner'],
    summary: '{{ hosts_text }} of tier critical held for {{ oldest }}: {{ cause }} · patch {{ patch }}',
    description:
      '{{ host }} has had no progress for {{ oldest }}, with {{ remaining }} of {{ total }} tasks left.',
  },
  {
    name: 'Load-failed',
    condition: 'failed',
    severity: 'ticket',
    forSeconds: 0,
    groupBy: ['owner'],
    summary: '{{ patch }} did not go on: {{ detail }} on {{ hosts_text }}, attempt {{ tries }}',
    description:
      'The last load of {{ patch }} on {{ host }} did not end applied ({{ detail }}, {{ cause }}).',
  },
  {
    name: 'Forced',
    condition: 'forced',
    severity: 'ticket',
    forSeconds: 0,
    summary: '{{ patch }} was forced on {{ hosts_text }}: old code may still run there',
    description: '{{ host }} had the transition to {{ patch }} forced. Only a reboot makes it certain.',
  },
  {
    name: 'Not-loaded',
    condition: 'not-loaded',
    severity: 'ticket',
    forSeconds: hour,
    groupBy: ['owner'],
    summary: '{{ hosts_text }} without the live patch that is due, {{ detail }}',
    description:
      '{{ host }} has run its kernel without the live patch that is due for {{ oldest }} ({{ detail }}).',
  },
  {
    name: 'Sources-disagree',
    condition: 'disagree',
    severity: 'ticket',
    forSeconds: 10 * minute,
    summary: '{{ hosts_text }}: the vendor’s client and the kernel contradict each other',
    description: 'On {{ host }} what the client says is not what the kernel does.',
  },
  {
    name: 'Silent',
    condition: 'silent',
    severity: 'ticket',
    forSeconds: 15 * minute,
    groupBy: ['owner'],
    summary: 'No word from {{ hosts_text }}, the longest for {{ oldest }}',
    description: '{{ host }} was {{ detail }} when it last spoke. What it was, nobody knows to be so still.',
  },
  {
    name: 'Sight-lost',
    condition: 'sight-lost',
    severity: 'ticket',
    forSeconds: 15 * minute,
    groupBy: ['owner'],
    summary: '{{ hosts_text }}: the agent cannot see live patches, {{ detail }}',
    description: 'The agent of {{ host }} speaks and cannot read what it should.',
  },
  {
    name: 'Data-dropped',
    condition: 'data-dropped',
    severity: 'ticket',
    forSeconds: 0,
    summary: 'The agents of {{ hosts_text }} had to drop reports',
    description: 'The agent of {{ host }} dropped {{ detail }} reports: its history has a gap.',
  },
  {
    name: 'Reboot-would-lose-fixes',
    condition: 'would-regress',
    severity: 'show',
    forSeconds: 0,
    summary: 'A reboot of {{ hosts_text }} would lose fixes',
    description: 'The kernel installed on {{ host }} lacks fixes that its live patch brings.',
  },
]

/** Makes the default rules that were never there. Safe on every replica and twice. */
export async function makeDefaultRules(pool: Pick<pg.Pool, 'query'>): Promise<void> {
  const { rowCount } = await pool.query(
    `insert into alert_rule (name, builtin, condition, severity, selector, for_seconds, for_without_signals_seconds, changes_modules,
       group_by, summary, description)
     select r.name, r.name, r.condition, r.severity, coalesce(r.selector, ''), r."forSeconds", r."forWithoutSignalsSeconds",
       coalesce(r."changesModules", false), coalesce(r."groupBy", '{}'),
       r.summary, r.description
     from jsonb_to_recordset($1::jsonb) as r (name text, condition text, severity text, selector text, "forSeconds" int,
       "forWithoutSignalsSeconds" int, "changesModules" boolean, "groupBy" text[], summary text, description text)
     on conflict do nothing`,
    [JSON.stringify(defaultRules)],
  )
  // Hosts that were there before their rules are judged by them, once.
  if ((rowCount ?? 0) > 0)
    await pool.query('insert into alert_dirty (host_id) select id from host where retired_at is null')
}
