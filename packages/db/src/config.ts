/** Where a PostgreSQL is. Parts, not a URL: the schema engine sends shadow work to the wrong database with a URL. */
export interface DatabaseConfig {
  host: string
  port: number
  user: string
  password: string
  database: string
}

export function configFromUrl(url: string): DatabaseConfig & { ssl?: { rejectUnauthorized: boolean } } {
  const parsed = new URL(url)
  if (parsed.protocol !== 'postgres:' && parsed.protocol !== 'postgresql:') {
    throw new TypeError('not a postgres:// address')
  }
  const config = {
    // A socket folder comes as ?host=/run/postgresql, as libpq has it.
    host: parsed.searchParams.get('host') ?? (parsed.hostname.replace(/^\[|\]$/g, '') || 'localhost'),
    port: Number(parsed.port || 5432),
    user: decodeURIComponent(parsed.username) || 'postgres',
    password: decodeURIComponent(parsed.password),
    database: decodeURIComponent(parsed.pathname.slice(1)) || 'postgres',
  }
  const ssl = parsed.searchParams.get('sslmode')
  if (ssl === null || ssl === 'disable' || ssl === 'prefer' || ssl === 'allow') return config
  return { ...config, ssl: { rejectUnauthorized: ssl === 'verify-full' || ssl === 'verify-ca' } }
}

export function urlFromConfig(config: DatabaseConfig): string {
  const user = `${encodeURIComponent(config.user)}:${encodeURIComponent(config.password)}`
  if (config.host.startsWith('/')) {
    return `postgresql://${user}@localhost:${config.port}/${encodeURIComponent(config.database)}?host=${encodeURIComponent(config.host)}`
  }
  const host = config.host.includes(':') ? `[${config.host}]` : config.host
  return `postgresql://${user}@${host}:${config.port}/${encodeURIComponent(config.database)}`
}
