/** Where the API answers, read at every call so that one build serves any deployment. No trailing slash. */
export function apiAddress(): string {
  return (process.env.GRAFTWATCH_API_URL ?? 'http://127.0.0.1:4000').replace(/\/+$/, '')
}
