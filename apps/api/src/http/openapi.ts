import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import plugin from 'fastify-plugin'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import type { Config } from '../config.ts'

/** /openapi.json from the schemas that validate and serialize, and /docs to read it. Register before the routes. */
export const openapi = plugin(
  async (app: FastifyInstance, { config }: { config: Config }) => {
    await app.register(swagger, {
      openapi: {
        openapi: '3.1.0',
        info: {
          title: 'Graftwatch',
          version: '1',
          description:
            'Whether the kernel live patch is really on, for a whole fleet. Errors are RFC 9457 problems.',
        },
        servers: [{ url: config.baseUrl }],
        components: {
          securitySchemes: {
            hostKey: { type: 'http', scheme: 'bearer', description: 'The key a host got when it enrolled' },
            apiKey: { type: 'http', scheme: 'bearer', description: 'The key of a program, gwk_…' },
            session: { type: 'apiKey', in: 'cookie', name: 'graftwatch.session_token' },
          },
        },
      },
      transform: jsonSchemaTransform,
      transformObject: jsonSchemaTransformObject,
    })
    await app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true })
    app.get('/openapi.json', { config: { access: 'public' }, schema: { hide: true } }, async () =>
      app.swagger(),
    )
  },
  { name: 'openapi' },
)
