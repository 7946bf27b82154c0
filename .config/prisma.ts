import { defineConfig } from 'prisma/config'

// Prisma finds this file from the root of the repository only; paths here are relative to this folder.
const { DATABASE_URL: url } = process.env

export default defineConfig({
  schema: '../prisma/schema.prisma',
  migrations: { path: '../prisma/migrations' },
  ...(url ? { datasource: { url } } : {}),
})
