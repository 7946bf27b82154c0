import type { NextConfig } from 'next'

/**
 * The API is reached through src/proxy.ts, not through `rewrites`: those are fixed when Next builds, and the API's address is
 * known only when it starts.
 */
const config: NextConfig = {
  poweredByHeader: false,
  reactStrictMode: true,
  // TypeScript that nobody builds.
  transpilePackages: ['@graftwatch/contract', '@graftwatch/livepatch'],
  // Types are checked by `npm run typecheck`, with the same compiler as the rest of the repository.
  typescript: { ignoreBuildErrors: true },
  // Trailing slashes belong to the API under /docs; its own redirects decide.
  skipTrailingSlashRedirect: true,
  // A title that streams in later leaves the page without one for a moment; it comes from data the page waits for anyway.
  htmlLimitedBots: /.*/,
  experimental: {
    // A refresh that meets a dead network waits and tries again; without this Next leaves the page for the browser's error page.
    useOffline: true,
  },
}

export default config
