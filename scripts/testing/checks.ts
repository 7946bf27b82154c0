import { runNode, sum, type Tally } from './run.ts'

const checks = [
  { name: 'types', run: ['node_modules/typescript/bin/tsc', '-p', '.'] },
  { name: 'types of the dashboard', run: ['node_modules/typescript/bin/tsc', '-p', 'apps/web'] },
  { name: 'types of the browser tests', run: ['node_modules/typescript/bin/tsc', '-p', 'apps/web/e2e'] },
  { name: 'format and lint', run: ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings'] },
]

/** Types, format and lint; what fails says why, what passes is a line. */
export async function runChecks(): Promise<Tally> {
  return sum(
    await Promise.all(
      checks.map(async ({ name, run }) => {
        const begin = Date.now()
        const { ok, said } = await runNode(run, { quiet: true })
        console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - begin) / 1000).toFixed(1)} s)`)
        if (!ok) console.log(said)
        return { passed: ok ? 1 : 0, failed: ok ? 0 : 1 }
      }),
    ),
  )
}
