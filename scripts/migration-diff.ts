import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbedded } from '@graftwatch/db'
import { withSchemaEngine } from '@graftwatch/db/schema-engine'
import { root } from './supervisor/settings.ts'

/**
 * The SQL from prisma/schema.prisma as last committed (or at the commit given) to the one on disk: what the next
 * migration starts from. Triggers and partial indexes are not in it. node scripts/migration-diff.ts [commit]
 */
const path = 'prisma/schema.prisma'
const commit = process.argv[2] ?? 'HEAD'
const before = execFileSync('git', ['show', `${commit}:${path}`], { cwd: root, encoding: 'utf8' })
const after = readFileSync(join(root, path), 'utf8')
const datamodel = (content: string) => ({ tag: 'schemaDatamodel' as const, files: [{ path, content }] })

// Two texts are compared, yet the engine wants a database to be there; an empty one will do.
const dataDir = mkdtempSync(join(tmpdir(), 'graftwatch-diff-'))
chmodSync(dataDir, 0o711)
const database = await startEmbedded({ dataDir, settings: { fsync: 'off' } })
try {
  const { stdout } = await withSchemaEngine(database.config, (engine) =>
    engine.diff({
      from: datamodel(before),
      to: datamodel(after),
      script: true,
      exitCode: null,
      filters: { externalTables: [], externalEnums: [] },
    }),
  )
  process.stdout.write(stdout ?? '')
} finally {
  await database.remove()
  rmSync(dataDir, { recursive: true, force: true })
}
