import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  // Server code is ESM that Node runs as it is; nothing to bundle, nothing to fetch.
  test: {
    include: ['{apps,packages}/*/{src,test}/**/*.test.{ts,tsx}', 'scripts/**/*.test.{ts,mjs}'],
    exclude: ['**/node_modules/**', '**/dist/**', '**/.next/**', 'apps/web/e2e/**'],
    globalSetup: [fileURLToPath(new URL('vitest-setup.ts', import.meta.url))],
    // Many tests wait for a database or a process that starts; one more than there are cores takes a fifth less time.
    maxWorkers: availableParallelism() + 1,
    // A fifth less time again: files load the API once in each worker, not each for itself. What a file changes outside of it, it undoes.
    isolate: false,
    testTimeout: 20_000,
    hookTimeout: 60_000,
    env: { TZ: 'UTC' },
  },
})
