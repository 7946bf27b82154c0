import type { HostReport, HostState } from '@graftwatch/contract'
import { type HostTruth, reduce } from '@graftwatch/livepatch'
import { scenes } from '../src/scenes/index.ts'
import { type SceneHost, SimulatedHost } from '../src/simulated-host.ts'

export const epoch = Date.parse('2026-11-23T08:00:00.000Z')

const casting = (): SceneHost[] => scenes.flatMap((scene) => scene.hosts)
const play = (host: SceneHost): SimulatedHost => new SimulatedHost(host, { epoch, seed: 'demo' })

/** Every host of the demo, at its beginning. */
export const hosts = (): SimulatedHost[] => casting().map(play)

export const theHost = (hostname: string): SimulatedHost => {
  const found = casting().find(({ profile }) => profile.hostname === hostname)
  if (found === undefined) throw new Error(`no host ${hostname}`)
  return play(found)
}

/** Reports every `every` seconds, as [seconds since the demo began, report]; none while the host is down. */
export function* reportsOf(
  host: SimulatedHost,
  seconds: number,
  every: number,
): Generator<[number, HostReport]> {
  for (let second = 0; second <= seconds; second += every) {
    const report = host.report(epoch + second * 1_000)
    if (report !== null) {
      yield [second, report]
      host.agent.acknowledge()
    }
  }
}

/** What a server would know of the host after each report, with the second of that report. */
export function* truthsOf(hostname: string, seconds: number, every = 5): Generator<[number, HostTruth]> {
  let known: { truth: HostTruth; report: HostReport } | null = null
  for (const [second, report] of reportsOf(theHost(hostname), seconds, every)) {
    const at = Date.parse(report.collectedAt)
    const { truth, report: kept } = reduce(known, report, { at, sentAt: at })
    known = { truth, report: kept }
    yield [second, truth]
  }
}

/** The states a server would show, each with the second it began. */
export const statesOf = (hostname: string, seconds: number): [number, HostState][] => {
  const states: [number, HostState][] = []
  for (const [second, { state }] of truthsOf(hostname, seconds))
    if (states.at(-1)?.[1] !== state) states.push([second, state])
  return states
}

/** What a server knows of the host after its first word. */
export const firstTruth = (hostname: string): HostTruth => {
  for (const [, truth] of truthsOf(hostname, 0)) return truth
  throw new Error(`${hostname} says nothing`)
}
