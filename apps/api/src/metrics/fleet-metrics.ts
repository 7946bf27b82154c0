import { Gauge, type Registry } from 'prom-client'
import { CountedHistogram } from './counted-histogram.ts'
import { ageBounds, type FleetReading, type Sample } from './fleet-reading.ts'

const gauges: {
  name: string
  help: string
  labelNames: string[]
  samples(reading: FleetReading): Sample[]
}[] = [
  {
    name: 'graftwatch_hosts',
    help: 'Hosts by state.',
    labelNames: ['state'],
    samples: ({ hosts }) => hosts,
  },
  {
    name: 'graftwatch_hosts_by_mechanism',
    help: 'Hosts by what changes their kernel: the mechanism of the patch on top, none where there is no patch.',
    labelNames: ['mechanism'],
    samples: ({ mechanisms }) => mechanisms,
  },
  {
    name: 'graftwatch_hosts_flagged',
    help: 'Hosts on which a fact holds beside their state.',
    labelNames: ['flag'],
    samples: ({ flags }) => flags,
  },
  {
    name: 'graftwatch_transitions_running',
    help: 'Hosts in a transition: transitioning, reverting or stuck.',
    labelNames: [],
    samples: ({ moving }) => moving,
  },
  {
    name: 'graftwatch_blocker_hosts',
    help: 'Hosts held by one cause, of the 20 causes that hold most; the others together are function="other".',
    labelNames: ['function', 'kind', 'comm', 'unit'],
    samples: ({ blockers }) => blockers,
  },
  {
    name: 'graftwatch_alerts',
    help: 'Alerts that are not over, without fire drills.',
    labelNames: ['severity', 'status'],
    samples: ({ alerts }) => alerts,
  },
  {
    name: 'graftwatch_alerts_firing',
    help: 'Alerts that fire, by rule, without fire drills.',
    labelNames: ['rule'],
    samples: ({ firing }) => firing,
  },
  {
    name: 'graftwatch_deliveries_waiting',
    help: 'Deliveries that wait to be sent, or to be tried again.',
    labelNames: ['type'],
    samples: ({ waiting }) => waiting,
  },
  {
    name: 'graftwatch_alert_queue_hosts',
    help: 'Changes of hosts that wait to be judged by the alert rules, at most 100000.',
    labelNames: [],
    samples: ({ queued }) => [{ labels: {}, value: queued }],
  },
]

/** What is known of the fleet, as metrics of this registry. The answer shows a reading; null: nothing is known, so nothing is shown. */
export function fleetMetrics(registry: Registry): (reading: FleetReading | null) => void {
  const registers = [registry]
  const shown = gauges.map(({ samples, labelNames, ...config }) => ({
    samples,
    gauge: new Gauge({ ...config, labelNames: [...labelNames, 'demo'], registers }),
  }))
  const ages = new CountedHistogram({
    name: 'graftwatch_transition_age_seconds',
    help: 'Hosts in a transition, by seconds since its last progress.',
    labelNames: ['demo'],
    buckets: ageBounds,
    registers,
  })
  const isUp = new Gauge({
    name: 'graftwatch_database_up',
    help: 'Whether PostgreSQL answered what this page shows of the fleet; 0: it did not, and that part is missing.',
    registers,
  })
  return (reading) => {
    isUp.set(reading ? 1 : 0)
    ages.show(reading?.ages ?? [])
    for (const { gauge, samples } of shown) {
      gauge.reset()
      // Added, since two causes can look alike once their names are cut.
      for (const { labels, value } of reading ? samples(reading) : []) gauge.inc(labels, value)
    }
  }
}
