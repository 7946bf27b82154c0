import closeWithGrace from 'close-with-grace'
import { buildApp } from './app.ts'
import { ConfigError, readConfig } from './config.ts'

async function start(): Promise<void> {
  const config = readConfig()
  const app = await buildApp(config)
  closeWithGrace({ delay: 8000, logger: false }, async ({ err }) => {
    if (err) app.log.error({ err }, 'stopping because of an error')
    await app.close()
  })
  await app.listen({ host: config.host, port: config.port })
}

try {
  await start()
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error)
  process.exit(1)
}
