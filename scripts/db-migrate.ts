import { migrate, OperatorError } from '@graftwatch/db'
import { withDatabase } from './with-database.ts'

/** The migrations alone, on DATABASE_URL or the embedded database, also while `npm start` uses it. */
withDatabase('npm run db:migrate', async (database) => {
  const applied = await migrate(database, { log: (line) => console.log(`- ${line}`) })
  console.log(applied.length > 0 ? `${applied.length} migrations applied.` : 'The database is up to date.')
}).catch((error) => {
  console.error(error instanceof OperatorError ? error.message : error)
  process.exitCode = 1
})
