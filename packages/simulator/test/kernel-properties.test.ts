import { hostReport } from '@graftwatch/contract'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { KernelModel } from '../src/kernel-model.ts'
import type { HoldKind } from '../src/task.ts'
import { aKernel, anAgent, aPatch } from './models.ts'

type Action =
  | { do: 'advance'; seconds: number }
  | { do: 'fork' | 'exit' | 'release'; pick: number }
  | { do: 'hold'; pick: number; kind: HoldKind }
  | { do: 'load'; name: number; replace: boolean }
  | { do: 'disable' | 'reverse' }
  | { do: 'reboot'; seconds: number }

const pick = fc.nat(1_000)
const action: fc.Arbitrary<Action> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant('advance'), seconds: fc.integer({ min: 0, max: 90 }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('fork', 'exit', 'release'), pick }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('hold'),
      pick,
      kind: fc.constantFrom<HoldKind[]>('interruptible', 'uninterruptible', 'running', 'ownLoop'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('load'), name: fc.nat(3), replace: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('disable', 'reverse') }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('reboot'), seconds: fc.integer({ min: 0, max: 60 }) }),
  },
) as fc.Arbitrary<Action>

const apply = (kernel: KernelModel, step: Action): void => {
  const tids = [...kernel.tasks.keys()]
  const chosen = 'pick' in step ? tids[step.pick % Math.max(1, tids.length)] : undefined
  if (step.do === 'advance') kernel.advance(step.seconds)
  else if (step.do === 'load') kernel.load(aPatch({ name: `livepatch_${step.name}`, replace: step.replace }))
  else if (step.do === 'disable')
    kernel.disable(kernel.patches.find((patch) => patch.enabled)?.spec.name ?? '')
  else if (step.do === 'reverse') kernel.reverse()
  else if (step.do === 'reboot') kernel.reboot(step.seconds)
  else if (chosen === undefined) return
  else if (step.do === 'fork') kernel.fork(chosen)
  else if (step.do === 'exit') kernel.exit(chosen)
  else if (step.do === 'release') kernel.release(chosen)
  else if (step.do === 'hold') {
    const name = step.kind === 'running' ? null : '__x64_sys_pause'
    kernel.hold(chosen, { kind: step.kind, function: name, stack: null })
  }
}

const seed = Number(process.env.GRAFTWATCH_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31))

test(`whatever happens, total = migrated + remaining, nothing is below 0, and the report keeps the contract (seed ${seed})`, () => {
  fc.assert(
    fc.property(
      fc.array(action, { maxLength: 30 }),
      fc.constantFrom('6.4.0-1', '5.14.0-1', '4.15.0-1', '4.4.0-1'),
      fc.constantFrom('kpatch' as const, 'klp' as const),
      (actions, kernelRelease, manager) => {
        const kernel = aKernel({ kernelRelease, manager })
        const agent = anAgent(kernel)
        for (const step of actions) {
          apply(kernel, step)
          const { total, migrated, remaining, kthreadsRemaining } = kernel.totals()
          expect(migrated + remaining).toBe(total)
          expect(Math.min(migrated, remaining, kthreadsRemaining)).toBeGreaterThanOrEqual(0)
          expect(kthreadsRemaining).toBeLessThanOrEqual(remaining)
          expect(kernel.pending()).toHaveLength(remaining)
          if (!kernel.isUp) continue
          const report = hostReport.parse(agent.report())
          expect(report.patches.filter((patch) => patch.inTransition)).toHaveLength(
            report.transition === null ? 0 : 1,
          )
          for (const sum of ['total', 'remaining'] as const) {
            const ofGroups = report.transition?.groups.reduce((all, group) => all + group[sum], 0)
            expect(ofGroups).toBe(report.transition?.tasks[sum] ?? undefined)
          }
        }
      },
    ),
    { seed, numRuns: 150 },
  )
})
