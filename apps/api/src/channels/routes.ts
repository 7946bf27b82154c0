import {
  channelParams,
  channelsPage,
  channelTested,
  channelWritten,
  deliveriesPage,
  deliveriesQuery,
  delivery,
  deliveryParams,
  nothing,
  problem,
  writeChannel,
} from '@graftwatch/contract'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import type { Deps } from '../deps.ts'
import { readChannels } from './channels.ts'
import { listDeliveries, resendDelivery } from './deliveries.ts'
import { testChannel } from './test-channel.ts'
import { createChannel, removeChannel, updateChannel } from './write-channel.ts'

const tags = ['alerting']

export async function channels(
  app: FastifyInstance,
  deps: Pick<Deps, 'pool' | 'config' | 'outbox'>,
): Promise<void> {
  const routes = app.withTypeProvider<ZodTypeProvider>()
  const { pool } = deps

  routes.get(
    '/v1/channels',
    {
      config: { access: 'channels:read' },
      schema: {
        tags,
        summary: 'Channels, by name; never their secrets',
        response: { 200: channelsPage, 401: problem, 403: problem },
      },
    },
    async () => ({ items: await readChannels(pool), now: new Date().toISOString() }),
  )

  routes.post(
    '/v1/channels',
    {
      config: { access: 'channels:write' },
      schema: {
        tags,
        summary: 'Add a channel',
        body: writeChannel,
        response: { 201: channelWritten, 400: problem, 403: problem, 409: problem },
      },
    },
    async (request, reply) => reply.code(201).send(await createChannel(deps, request, request.body)),
  )

  routes.put(
    '/v1/channels/:id',
    {
      config: { access: 'channels:write' },
      schema: {
        tags,
        summary: 'Replace a channel; a secret that is left out stays',
        params: channelParams,
        body: writeChannel,
        response: { 200: channelWritten, 400: problem, 403: problem, 404: problem, 409: problem },
      },
    },
    async (request) => await updateChannel(deps, request, request.params.id, request.body),
  )

  routes.delete(
    '/v1/channels/:id',
    {
      config: { access: 'channels:write' },
      schema: {
        tags,
        summary: 'Remove a channel and its deliveries',
        params: channelParams,
        response: { 204: nothing, 400: problem, 403: problem, 404: problem },
      },
    },
    async (request, reply) => {
      await removeChannel(pool, request, request.params.id)
      return reply.code(204).send(null)
    },
  )

  routes.post(
    '/v1/channels/:id/test',
    {
      config: { access: 'channels:write' },
      schema: {
        tags,
        summary: 'Send a test at once, and say how it fared',
        params: channelParams,
        response: { 200: channelTested, 400: problem, 403: problem, 404: problem },
      },
    },
    async (request) => await testChannel(deps, request, request.params.id),
  )

  routes.get(
    '/v1/deliveries',
    {
      config: { access: 'channels:read' },
      schema: {
        tags,
        summary: 'What was told to whom, newest first, with every attempt',
        querystring: deliveriesQuery,
        response: { 200: deliveriesPage, 400: problem, 401: problem, 403: problem },
      },
    },
    async ({ query }) => await listDeliveries(pool, query),
  )

  routes.post(
    '/v1/deliveries/:id/resend',
    {
      config: { access: 'alerts:answer' },
      schema: {
        tags,
        summary: 'Send a delivery again',
        params: deliveryParams,
        response: { 200: delivery, 400: problem, 403: problem, 404: problem },
      },
    },
    async (request) => await resendDelivery(deps, request, request.params.id),
  )
}
