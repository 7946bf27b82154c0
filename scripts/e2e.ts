import { runBrowserTests } from './testing/browser-tests.ts'
import { endTogether } from './testing/run.ts'

/** The browser tests alone. What follows `--` goes to Playwright: npm run e2e -- --headed sign-in */
endTogether()
const { passed, failed } = await runBrowserTests(process.argv.slice(2))
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
