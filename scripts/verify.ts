import { runChecks } from './testing/checks.ts'
import { endTogether, sum } from './testing/run.ts'
import { runUnitTests } from './testing/unit.ts'

/** Types, lint and guards, in seconds. */
endTogether()
const { passed, failed } = sum([await runChecks(), await runUnitTests(['scripts/guards.test.ts'])])
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
