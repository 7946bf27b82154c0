import { OperatorError } from '@graftwatch/db'
import { takeInstance } from './instance.ts'
import { makeDataDir, readSettings } from './settings.ts'

/** A build replaces the files a running dashboard serves: so nobody may run from here, and what a killed start left is ended. */
try {
  const { dataDir, baseUrl } = readSettings()
  makeDataDir(dataDir)
  const instance = await takeInstance(dataDir, baseUrl, (line) => console.log(`- ${line}`))
  instance.release()
} catch (error) {
  console.error(error instanceof OperatorError ? error.message : error)
  process.exit(1)
}
