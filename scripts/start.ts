import { parseArgs } from 'node:util'
import { OperatorError } from '@graftwatch/db'
import { removeDemoFleet, supervise } from './supervisor/supervise.ts'

const help = `npm start [-- options]

Starts the database, the API, the dashboard, this machine's own agent and, on an empty database, a simulated fleet.

  --no-demo      without the simulated fleet
  --remove-demo  delete the simulated fleet and end
  --help         this text

Settings are environment variables: DATABASE_URL, GRAFTWATCH_DATA_DIR, API_PORT, WEB_PORT, GRAFTWATCH_HOST, GRAFTWATCH_BASE_URL,
GRAFTWATCH_ADMIN_EMAIL with GRAFTWATCH_ADMIN_PASSWORD, GRAFTWATCH_ENROLLMENT_TOKEN, GRAFTWATCH_SECRET.`

function options() {
  try {
    const { values } = parseArgs({
      options: {
        'no-demo': { type: 'boolean' },
        'remove-demo': { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    })
    return values
  } catch (error) {
    const said = error instanceof Error ? error.message.split('. ')[0] : error
    console.error(`${said}. npm start -- --help lists the options.`)
    process.exit(2)
  }
}

const chosen = options()
try {
  if (chosen.help) console.log(help)
  else if (chosen['remove-demo']) await removeDemoFleet()
  else await supervise({ demo: !chosen['no-demo'], watch: false })
} catch (error) {
  console.error(error instanceof OperatorError ? error.message : error)
  process.exitCode = 1
}
