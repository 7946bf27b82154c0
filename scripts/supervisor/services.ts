import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { ServiceOptions } from './service.ts'
import {
  ownEnvironment,
  plainEnvironment,
  randomToken,
  root,
  type Settings,
  storedSecret,
} from './settings.ts'

export interface Services {
  api: ServiceOptions
  web: ServiceOptions
  agent: ServiceOptions
  demo: ServiceOptions
}

/**
 * Every process of `npm start`, and what each may know: only the API sees the secret, and it alone the database, but for the demo,
 * which writes a new demo's past there itself.
 */
export function describeServices(
  settings: Settings,
  databaseEnv: NodeJS.ProcessEnv,
  watch: boolean,
): Services {
  const { dataDir, host, apiPort, webPort, baseUrl } = settings
  const apiUrl = `http://${reachable(host)}:${apiPort}`
  const [agentToken, demoToken] = [randomToken(), randomToken()]
  const base = plainEnvironment()
  const reporter = (token: string, folder: string) => ({
    ...base,
    GRAFTWATCH_URL: apiUrl,
    GRAFTWATCH_TOKEN: token,
    GRAFTWATCH_STATE_DIR: join(dataDir, folder),
  })
  const production = watch ? {} : { NODE_ENV: 'production' }
  return {
    api: {
      name: 'api',
      run: [...(watch ? ['--watch', '--watch-preserve-output'] : []), 'apps/api/src/main.ts'],
      env: {
        ...base,
        ...production,
        GRAFTWATCH_SECRET: storedSecret(dataDir),
        GRAFTWATCH_BASE_URL: baseUrl,
        GRAFTWATCH_HOST: host,
        GRAFTWATCH_SETUP_CODE: randomToken(),
        GRAFTWATCH_AGENT_TOKEN: agentToken,
        GRAFTWATCH_DEMO_TOKEN: demoToken,
        ...withoutEmpty(ownEnvironment()),
        GRAFTWATCH_DATA_DIR: dataDir,
        API_PORT: String(apiPort),
        WEB_PORT: String(webPort),
        ...databaseEnv,
      },
      readyUrl: `${apiUrl}/readyz`,
      graceMs: 15_000,
      vital: true,
    },
    web: {
      name: 'dashboard',
      run: watch
        ? [nextProgram(), 'dev', 'apps/web', '-p', String(webPort), '-H', host]
        : ['apps/web/server.ts', '--port', String(webPort), '--host', host],
      env: {
        ...base,
        ...production,
        GRAFTWATCH_API_URL: apiUrl,
        GRAFTWATCH_BASE_URL: baseUrl,
        ...withoutEmpty({ GRAFTWATCH_TRUST_PROXY: ownEnvironment().GRAFTWATCH_TRUST_PROXY }),
      },
      readyUrl: `http://${reachable(host)}:${webPort}/`,
      readyMs: 120_000,
      graceMs: 5_000,
      vital: true,
    },
    agent: {
      name: 'agent',
      run: ['apps/agent/dist/graftwatch-agent.mjs', 'run'],
      env: reporter(agentToken, 'agent'),
      graceMs: 5_000,
      vital: false,
    },
    demo: {
      name: 'demo',
      run: ['packages/simulator/src/main.ts'],
      env: { ...reporter(demoToken, 'demo'), ...databaseEnv },
      graceMs: 5_000,
      vital: false,
    },
  }
}

/** An address to connect to, for one to listen on. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value))
}

function nextProgram(): string {
  return createRequire(join(root, 'apps/web/package.json')).resolve('next/dist/bin/next')
}
