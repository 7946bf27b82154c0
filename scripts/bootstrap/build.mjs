import { dirname, join } from 'node:path'
import { root, step } from './step.mjs'

/** Turbo builds what changed since it last did, side by side, and knows by content, not by date. */
export async function build(needs, node) {
  if (needs.length === 0) return
  const filters = needs.map((name) => `--filter=@graftwatch/${name}`)
  await step(
    'building what changed',
    join(root, 'node_modules/.bin/turbo'),
    ['run', 'build', '--output-logs=errors-only', ...filters],
    {
      env: buildEnvironment(node),
      failed: 'The build failed. Mend what it says above and start again.',
    },
  )
}

function buildEnvironment(node) {
  const env = {
    ...process.env,
    PATH: `${dirname(node)}:${join(root, 'node_modules/.bin')}:${process.env.PATH ?? '/usr/bin:/bin'}`,
    // Prisma would look for an engine on its own host; generating needs none, so any program that exists will do.
    PRISMA_SCHEMA_ENGINE_BINARY: node,
    PRISMA_HIDE_UPDATE_MESSAGE: '1',
    CHECKPOINT_DISABLE: '1',
    TURBO_TELEMETRY_DISABLED: '1',
    NEXT_TELEMETRY_DISABLED: '1',
    DO_NOT_TRACK: '1',
  }
  delete env.NODE_ENV
  return env
}
