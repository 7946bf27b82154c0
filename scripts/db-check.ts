import { OperatorError } from '@graftwatch/db'
import { checkCounters } from '@graftwatch/db/check-counters'
import { createPool } from '@graftwatch/db/pool'
import { withDatabase } from './with-database.ts'

/** Recomputes every counter from the hosts and compares. Changes nothing; exits 1 when one is wrong. */
withDatabase('npm run db:check', async (database) => {
  const pool = createPool({ database, applicationName: 'graftwatch-check', max: 1 })
  try {
    const wrong = await checkCounters(pool)
    for (const { counter, kept, counted } of wrong)
      console.log(`${counter}: kept ${kept}, counted ${counted}`)
    console.log(
      wrong.length === 0 ? 'Every counter equals a recount.' : `${wrong.length} counters are wrong.`,
    )
    if (wrong.length > 0) process.exitCode = 1
  } finally {
    await pool.end()
  }
}).catch((error) => {
  console.error(error instanceof OperatorError ? error.message : error)
  process.exitCode = 1
})
