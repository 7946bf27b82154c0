import { hostFlags, hostReport, hostStates, patchStates, stateReasons } from '@graftwatch/contract'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  anAttempt,
  anEvent,
  aPatch,
  aReport,
  aTask,
  aTransition,
  at,
  release,
} from '../../contract/test/a-report.ts'
import { isReturnedBoot } from './boots.ts'
import { reduce } from './reduce.ts'
import { stuckAfterLabel } from './stuck-threshold.ts'
import type { Change } from './truth.ts'

const seed = Number(process.env.FAST_CHECK_SEED ?? Date.now() % 2 ** 31)
const milliseconds = Number(process.env.FAST_CHECK_MS ?? 4000)

const names = fc.constantFrom('livepatch_11', 'livepatch_12', 'livepatch_13')
const second = fc.integer({ min: -500, max: 4000 })
const direction = fc.constantFrom('patching', 'unpatching', null)

const patch = fc
  .record({
    name: names,
    enabled: fc.constantFrom(true, false, null),
    inTransition: fc.boolean(),
    replace: fc.constantFrom(true, false, null),
    state: fc.constantFrom('applied', 'pending', 'disabled', 'leftover', 'failed'),
    forced: fc.constantFrom(true, null),
    srcVersion: fc.constantFrom('A', null),
    mechanism: fc.constantFrom('klp', 'kgraft', 'kernelcare'),
  })
  .map(aPatch)

const task = fc
  .record({
    tid: fc.integer({ min: 1, max: 4 }),
    taskStartedAt: fc.constantFrom(at(-10), at(-20), null),
    firstSeenAt: second.map(at),
    stack: fc.option(fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 2 })),
    cause: fc.constantFrom('running', 'sleeping-in-patched-function'),
  })
  .map(aTask)

const transition = fc
  .record({
    patch: names,
    direction,
    remaining: fc.option(fc.integer({ min: 0, max: 20 })),
    confidence: fc.constantFrom('full', 'partial', 'none'),
    startedAt: second.map(at),
    startedAtSource: fc.constantFrom('kernel-log', 'observed'),
    progressAt: fc.option(second.map(at)),
    signalsByItself: fc.constantFrom(true, false, null),
    blocking: fc.array(task, { maxLength: 4 }),
    blockingOmitted: fc.integer({ min: 0, max: 1 }),
  })
  .map(aTransition)

const attempt = fc
  .record({
    patch: names,
    direction,
    startedAt: second.map(at),
    endedAt: fc.option(second.map(at)),
    outcome: fc.constantFrom('completed', 'reversed', 'refused', 'forced', 'endedByReboot', null),
  })
  .map(anAttempt)

const event = fc
  .record({
    at: second.map(at),
    kind: fc.constantFrom('forced', 'tasks-signaled', 'transition-reversed', 'transition-completed'),
    patch: fc.option(names),
  })
  .map(anEvent)

const step = fc.record({
  after: fc.integer({ min: -20, max: 400 }),
  skewMs: fc.constantFrom(0, 0, 0, 500, 130_000, -7_200_000),
  hasDate: fc.boolean(),
  boot: fc.constantFrom('boot-1', 'boot-1', 'boot-1', 'boot-2', 'boot-3'),
  bootedAt: fc.option(second.map(at)),
  status: fc.constantFrom('ok', 'ok', 'ok', 'absent', 'failed'),
  claims: fc.array(
    fc.record({ patch: names, state: fc.constantFrom(...patchStates), raw: fc.constant('') }),
    {
      maxLength: 2,
    },
  ),
  available: fc.array(
    fc.constantFrom('11-1', '12-1', '13-1').map((version) => ({ package: 'p', version, forKernel: release })),
    { maxLength: 2 },
  ),
  labels: fc.constantFrom<Record<string, string>>(
    {},
    {},
    { [stuckAfterLabel]: '1h' },
    { [stuckAfterLabel]: '45s' },
  ),
  patches: fc.array(patch, { maxLength: 3 }),
  transition: fc.option(transition),
  attempts: fc.array(attempt, { maxLength: 4 }),
  events: fc.array(event, { maxLength: 3 }),
})

/** What must hold of every change, given the one before. */
function check(change: Change, before: Change | undefined): void {
  const { truth, attempts, facts, blockers } = change
  expect(hostStates).toContain(truth.state)
  expect(stateReasons[truth.state]).toContain(truth.reason)
  for (const flag of truth.flags) expect(hostFlags).toContain(flag)
  expect(truth.readAt >= (before?.truth.readAt ?? '')).toBe(true)
  checkSince(change, before)

  const { open } = truth
  const was = before?.truth.open
  if (open && was?.number === open.number && was.moving === open.moving && was.lowWater !== null)
    expect(open.lowWater).toBeLessThanOrEqual(was.lowWater)
  for (const attempt of attempts) {
    expect(attempt.endedAt === null).toBe(attempt.outcome === null)
    if (attempt.endedAt !== null) expect(attempt.endedAt >= attempt.startedAt).toBe(true)
  }
  if (was && open?.number !== was.number)
    expect(attempts.some(({ number, outcome }) => number === was.number && outcome !== null)).toBe(true)
  for (const { occurredAt } of facts) expect(Number.isNaN(Date.parse(occurredAt))).toBe(false)
  for (const { number } of blockers) expect(number).toBeLessThanOrEqual(truth.attempts)
  expect(truth.knownAttempts.length).toBeLessThanOrEqual(128)
  expect(open?.held.length ?? 0).toBeLessThanOrEqual(100)
  if (!before) expect(facts.some(({ kind }) => kind === 'state-changed')).toBe(false)
}

/** A state never begins before the one it follows, nor later than it was read; what is told of its changes is one chain. */
function checkSince({ truth, facts }: Change, before: Change | undefined): void {
  expect(truth.stateSince <= truth.readAt).toBe(true)
  if (!before) return
  expect(truth.stateSince >= before.truth.stateSince).toBe(true)
  const told = facts.filter(({ kind }) => kind === 'state-changed')
  let { state, stateSince } = before.truth
  for (const { from, to, occurredAt } of told) {
    expect(from).toBe(state)
    expect(to).not.toBe(from)
    expect(occurredAt >= stateSince).toBe(true)
    if (to) state = to
    stateSince = occurredAt
  }
  expect(truth.state).toBe(state)
  if (told.length > 0) expect(truth.stateSince).toBe(stateSince)
}

test(`whatever valid reports come: no throw, low-water never rises within a direction, at most one open attempt, every ended one has an outcome (FAST_CHECK_SEED=${seed})`, () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
      const open = new Map<number, boolean>()
      let before: Change | undefined
      let seconds = 0
      for (const [
        index,
        { after, skewMs, hasDate, boot, bootedAt, status, claims, labels, ...fields },
      ] of steps.entries()) {
        seconds = Math.max(0, seconds + after)
        const base = aReport({
          ...fields,
          sequence: index + 1,
          collectedAt: at(seconds),
          sources: [
            { name: 'klp', status, durationMs: 1 },
            { name: 'canonical', status: 'ok', durationMs: 1, claims },
          ],
        })
        const report = hostReport.parse({ ...base, kernel: { ...base.kernel, bootId: boot, bootedAt } })
        report.host.labels = labels
        const sentAt = Date.parse(report.collectedAt)
        const previous = before && { truth: before.truth, report: before.report }
        const frozen = JSON.stringify(previous)
        const received = { at: sentAt - skewMs, sentAt: hasDate ? sentAt : null }
        const change = reduce(previous ?? null, report, received)
        expect(JSON.stringify(previous)).toBe(frozen)
        expect(reduce(previous ?? null, report, received)).toEqual(change)
        check(change, before)
        if (before && isReturnedBoot(before.truth, report)) {
          expect(change.facts).toEqual([])
          expect(change.truth).toEqual({ ...before.truth, sequence: report.sequence })
        }
        for (const { number, outcome } of change.attempts) open.set(number, outcome === null)
        expect([...open.values()].filter(Boolean).length).toBeLessThanOrEqual(1)
        expect([...open.values()].filter(Boolean).length).toBe(change.truth.open ? 1 : 0)
        before = change
      }
    }),
    { seed, numRuns: 1_000_000, interruptAfterTimeLimit: milliseconds, markInterruptAsFailure: false },
  )
})
