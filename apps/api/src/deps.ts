import type { PrismaClient } from '@graftwatch/db/prisma'
import type pg from 'pg'
import type { Outbox } from './channels/outbox.ts'
import type { Config } from './config.ts'
import type { HeartbeatQueue } from './ingest/heartbeats.ts'
import type { KeySlots } from './ingest/key-slots.ts'
import type { ReportQueue } from './ingest/reports.ts'
import type { Live } from './live/live.ts'
import type { Auth } from './people/auth.ts'

/** What the modules work with; each asks for the few it uses. */
export interface Deps {
  config: Config
  pool: pg.Pool
  /** For questions that may take long, about the past or all hosts: few connections of their own, so that ingest never waits for them. */
  slowPool: pg.Pool
  prisma: PrismaClient
  auth: Auth
  keys: KeySlots
  heartbeats: HeartbeatQueue
  reports: ReportQueue
  live: Live
  outbox: Outbox
}
