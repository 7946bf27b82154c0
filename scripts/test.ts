import { runBrowserTests } from './testing/browser-tests.ts'
import { runChecks } from './testing/checks.ts'
import { endTogether, sum } from './testing/run.ts'
import { runUnitTests } from './testing/unit.ts'

/** Everything. Never touches the data of `npm start`; the last line is the sum of all runners. */
endTogether()
const { passed, failed } = sum([await runChecks(), await runUnitTests(), await runBrowserTests()])
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
