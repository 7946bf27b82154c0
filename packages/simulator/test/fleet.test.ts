import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Clock } from '../src/clock.ts'
import { createFleet, type FleetEnd, type FleetOptions } from '../src/fleet.ts'
import { background, type Scene, scenes, stuckVfork } from '../src/scenes/index.ts'
import { ProtocolServer } from './protocol-server.ts'

const epoch = Date.parse('2026-11-23T08:00:00.000Z')

let server: ProtocolServer
let stateDir: string

beforeEach(async () => {
  server = await ProtocolServer.start()
  stateDir = mkdtempSync(join(tmpdir(), 'graftwatch-demo-'))
})

afterEach(async () => {
  await server.stop()
  rmSync(stateDir, { recursive: true, force: true })
})

/** Time that passes only while the fleet sleeps, and ends the run `seconds` after `from`. */
const clockFor = (from: number, seconds: number, stop: AbortController): Clock => {
  let now = from
  return {
    now: () => now,
    async sleep(ms) {
      now += ms
      if (now >= from + seconds * 1_000) stop.abort()
    },
  }
}

const run = async (
  seconds: number,
  options: Partial<FleetOptions> & { from?: number } = {},
): Promise<{ end: FleetEnd; lines: string[] }> => {
  const stop = new AbortController()
  const lines: string[] = []
  const fleet = createFleet({
    url: server.url,
    token: server.token,
    stateDir,
    signal: stop.signal,
    random: () => 0.5,
    clock: clockFor(options.from ?? epoch, seconds, stop),
    log: (line) => lines.push(line),
    ...options,
  })
  return { end: await fleet.run(), lines }
}

const only = (hostname: string): Scene[] =>
  scenes
    .map((scene) => ({ ...scene, hosts: scene.hosts.filter(({ profile }) => profile.hostname === hostname) }))
    .filter((scene) => scene.hosts.length > 0)

const stateFile = () => JSON.parse(readFileSync(join(stateDir, 'demo-hosts.json'), 'utf8'))

describe('enrolling and reporting', () => {
  test('every host enrols once with the demo token and its first word is a compressed report', async () => {
    expect((await run(3)).end).toBe('stopped')
    const names = scenes.flatMap((scene) => scene.hosts.map(({ profile }) => profile.hostname))
    expect(
      server
        .of('enroll')
        .map(({ hostname }) => hostname)
        .sort(),
    ).toEqual(names.sort())
    const reports = server.of('report')
    expect(new Set(reports.map(({ hostname }) => hostname))).toEqual(new Set(names))
    expect(reports.every(({ isGzip }) => isGzip)).toBe(true)
  })

  test('a host at rest sends a heartbeat a minute and one report', async () => {
    await run(610, { scenes: only('web-1') })
    expect(server.of('report')).toHaveLength(1)
    expect(server.of('heartbeat')).toHaveLength(10)
    const [report] = server.of('report')
    expect(new Set(server.of('heartbeat').map(({ stateHash }) => stateHash))).toEqual(
      new Set([report?.report.stateHash]),
    )
  })

  test('a host in transition reports every 5 s, and sequences only grow', async () => {
    await run(60, { scenes: only('db-7') })
    expect(server.of('report').length).toBeGreaterThanOrEqual(11)
    const sequences = server.of('report').map(({ report }) => report.sequence)
    expect(sequences).toEqual([...sequences].sort((a, b) => a - b))
    expect(new Set(sequences).size).toBe(sequences.length)
  })

  test('what the kernel logs is reported within a second, and each event once', async () => {
    await run(400, { scenes: only('db-7') })
    const completed = server
      .of('report')
      .filter(({ report }) => report.events.some(({ kind }) => kind === 'transition-completed'))
    expect(completed).toHaveLength(1)
    const [report] = completed.map((arrival) => arrival.report)
    const event = report?.events.find(({ kind }) => kind === 'transition-completed')
    expect(Date.parse(report?.collectedAt ?? '') - Date.parse(event?.at ?? '')).toBeLessThanOrEqual(1_000)
    const events = server
      .of('report')
      .flatMap((arrival) => arrival.report.events.map((one) => JSON.stringify(one)))
    expect(new Set(events).size).toBe(events.length)
  })

  test('a transition of 3.3 s is told although the host reports once a minute', async () => {
    await run(100, { scenes: only('hpc-3') })
    const patches = server.of('report').map(({ report }) => report.transition?.patch ?? null)
    expect(patches.at(0)).toBeNull()
    expect(patches).toContain('livepatch_12_150600_2_1')
    expect(patches.at(-1)).toBeNull()
  })

  test('a host that is down says nothing, and speaks with a new boot id when it is back', async () => {
    await run(2_400, { scenes: only('db-7') })
    const words = server.of('report').map(({ report }) => ({
      second: (Date.parse(report.collectedAt) - epoch) / 1_000,
      bootId: report.kernel.bootId,
    }))
    expect(words.filter(({ second }) => second > 2_040 && second < 2_080)).toEqual([])
    expect(new Set(words.map(({ bootId }) => bootId)).size).toBe(2)
    expect(words.find(({ second }) => second >= 2_080)?.second).toBe(2_080)
  })
})

describe('obeying', () => {
  test('sendReport is answered with a report at once', async () => {
    let asked = false
    server.intervene = (arrival) => {
      if (arrival.kind !== 'heartbeat' || asked) return null
      asked = true
      return {
        status: 200,
        body: { nextIntervalSeconds: 60, sendReport: true, lastSequence: arrival.sequence },
      }
    }
    await run(70, { scenes: only('web-1') })
    expect(server.arrivals.map(({ kind }) => kind)).toEqual(['enroll', 'report', 'heartbeat', 'report'])
  })

  test('nextIntervalSeconds of the server counts', async () => {
    server.intervene = (arrival) =>
      arrival.kind === 'enroll'
        ? null
        : {
            status: 200,
            body: {
              nextIntervalSeconds: 240,
              sendReport: false,
              lastSequence: arrival.kind === 'report' ? arrival.report.sequence : arrival.sequence,
            },
          }
    await run(500, { scenes: only('web-1') })
    expect(server.of('heartbeat')).toHaveLength(2)
  })

  test('a higher lastSequence is passed, and the state is told again', async () => {
    server.setSequence('web-1', 4_711)
    await run(3, { scenes: only('web-1') })
    expect(server.of('report').map(({ report }) => report.sequence)).toEqual([4_712])
    server.setSequence('web-1', 9_000)
    await run(63, { scenes: only('web-1'), from: epoch + 3_000 })
    expect(server.of('report').map(({ report }) => report.sequence)).toEqual([4_712, 4_713, 9_001])
  })

  test('Retry-After is waited for, and the same report is sent again as it was', async () => {
    let refusals = 0
    server.intervene = (arrival) => {
      if (arrival.kind !== 'report' || refusals > 0) return null
      refusals += 1
      return { status: 503, retryAfter: 30 }
    }
    await run(40, { scenes: only('web-1') })
    const [first, second] = server.of('report')
    expect(second?.report).toEqual(first?.report)
    expect(server.arrivals.map(({ kind }) => kind).slice(0, 3)).toEqual(['enroll', 'report', 'report'])
  })

  test('a report the server refuses for good is said once and not sent again', async () => {
    server.intervene = (arrival) =>
      arrival.kind === 'report' ? { status: 400, body: { code: 'INVALID_INPUT' } } : null
    const { lines } = await run(120, { scenes: only('web-1') })
    expect(lines).toEqual(['the server refused /v1/reports of web-1: 400 INVALID_INPUT'])
    const sequences = server.of('report').map(({ report }) => report.sequence)
    expect(new Set(sequences).size).toBe(sequences.length)
    expect(sequences.length).toBeLessThan(12)
  })

  test('a server that cannot be reached is tried again less and less often, and said once', async () => {
    await server.stop()
    const { end, lines } = await run(300, { scenes: only('web-1') })
    expect(end).toBe('stopped')
    expect(lines).toEqual(['the server does not answer (ECONNREFUSED); trying again'])
  })
})

describe('going on', () => {
  test('a fleet started again goes on with the same keys, sequences and story', async () => {
    await run(30, { scenes: [stuckVfork] })
    const keys = stateFile()
    await run(30, { scenes: [stuckVfork], from: epoch + 400_000 })
    expect(server.of('enroll')).toHaveLength(2)
    expect(stateFile().epoch).toBe(keys.epoch)
    const ofDb7 = server.of('report').filter(({ hostname }) => hostname === 'db-7')
    expect(new Set(ofDb7.map(({ report }) => report.kernel.bootId)).size).toBe(1)
    expect(ofDb7.at(-1)?.report.transition).toBeNull()
    const sequences = ofDb7.map(({ report }) => report.sequence)
    expect(new Set(sequences).size).toBe(sequences.length)
  })

  test('the file with the keys is for its owner only', async () => {
    await run(3, { scenes: only('web-1') })
    expect(statSync(join(stateDir, 'demo-hosts.json')).mode & 0o777).toBe(0o600)
  })

  test('keys of a database that is gone are replaced by enrolling again, once', async () => {
    await run(3, { scenes: only('web-1') })
    server.revoke()
    const { end } = await run(30, { scenes: only('web-1'), from: epoch + 10_000 })
    expect(end).toBe('stopped')
    expect(server.of('enroll')).toHaveLength(2)
  })
})

describe('hosts that say no more', () => {
  test('one that is silent since before the demo is reported once, and not again by a later fleet', async () => {
    await run(400, { scenes: only('depot-1') })
    await run(400, { scenes: only('depot-1'), from: epoch + 500_000 })
    expect(server.arrivals.map(({ kind }) => kind)).toEqual(['enroll', 'report'])
  })

  test('they do not keep a removed fleet alive', async () => {
    server.intervene = (arrival) => {
      if (arrival.kind === 'heartbeat') server.revoke()
      return null
    }
    expect((await run(140, { scenes: [...only('depot-1'), ...only('web-1')] })).end).toBe('removed')
  })
})

describe('removal', () => {
  test('a fleet whose enrolment is refused ends as removed', async () => {
    server.acceptsToken = false
    expect((await run(30)).end).toBe('removed')
    expect(server.of('report')).toEqual([])
  })

  test('a fleet whose hosts were removed ends as removed and does not enrol them again', async () => {
    server.intervene = (arrival) => {
      if (arrival.kind === 'heartbeat') server.revoke()
      return null
    }
    expect((await run(70, { scenes: [background] })).end).toBe('removed')
    expect(server.of('enroll')).toHaveLength(background.hosts.length)
    expect(() => stateFile()).toThrow()
  })

  test('once one host learns of the removal the others ask at once, not at their next heartbeat', async () => {
    server.intervene = (arrival) => {
      if (arrival.hostname === 'db-9' && server.of('report').length > 30) server.revoke()
      return null
    }
    expect((await run(30)).end).toBe('removed')
  })

  test('a single host that was removed stays away, also after a new start, and the others go on', async () => {
    await run(3, { scenes: [stuckVfork] })
    server.intervene = (arrival) => {
      if (arrival.hostname === 'db-9' && arrival.kind === 'report') server.revoke('db-9')
      return null
    }
    expect((await run(30, { scenes: [stuckVfork], from: epoch + 5_000 })).end).toBe('stopped')
    const before = server.of('report').filter(({ hostname }) => hostname === 'db-9').length
    expect((await run(30, { scenes: [stuckVfork], from: epoch + 60_000 })).end).toBe('stopped')
    expect(server.of('report').filter(({ hostname }) => hostname === 'db-9')).toHaveLength(before)
    expect(server.of('enroll')).toHaveLength(2)
  })
})
