import { PrismaPg } from '@prisma/adapter-pg'
import type pg from 'pg'
import { PrismaClient } from './generated/client.ts'

export * from './generated/client.ts'

/** Prisma on our own pool, so that both ways of asking share its connections. Not in index.ts: it needs a build. */
export function createPrisma(pool: pg.Pool): PrismaClient {
  return new PrismaClient({ adapter: new PrismaPg(pool) })
}
