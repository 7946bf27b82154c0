import type { FastifyInstance } from 'fastify'

/** Every registered route, as the server itself lists them: `GET /v1/hosts/:id`. HEAD is GET without a body. */
export function routesOf(app: FastifyInstance): string[] {
  const tree = app.printRoutes({ commonPrefix: false })
  const routes: string[] = []
  const path: string[] = []
  for (const line of tree.split('\n')) {
    const match = /^(.*?)[└├]── (.*?)(?: \(([A-Z, ]+)\))?$/u.exec(line)
    if (!match) continue
    const depth = (match[1] ?? '').length / 4
    path.length = depth
    path[depth] = match[2] ?? ''
    for (const method of match[3]?.split(', ') ?? [])
      if (method !== 'HEAD') routes.push(`${method} ${path.join('')}`)
  }
  return routes
}
