import {
  createUser as createUserBody,
  nothing,
  pageQuery,
  problem,
  type User,
  updateUser as updateUserBody,
  user,
  userParams,
  usersPage,
} from '@graftwatch/contract'
import type { PrismaClient } from '@graftwatch/db/prisma'
import type { FastifyInstance } from 'fastify'
import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import * as z from 'zod'
import type { Deps } from '../deps.ts'
import { placeOf } from '../fleet/page-cursor.ts'
import { createUser } from './create-user.ts'
import { pageOf } from './pages.ts'
import { removeUser } from './remove-user.ts'
import { updateUser } from './update-user.ts'
import { userMissing } from './user-missing.ts'

const emailPlace = z.tuple([z.email().max(254)])

const told = () => ({
  id: true,
  email: true,
  name: true,
  role: true,
  createdAt: true,
  disabledAt: true,
  _count: { select: { sessions: { where: { expiresAt: { gt: new Date() } } } } },
})

interface Row extends Pick<User, 'id' | 'email' | 'name'> {
  role: string
  createdAt: Date
  disabledAt: Date | null
  _count: { sessions: number }
}

const itemOf = ({ createdAt, disabledAt, _count, ...row }: Row): User =>
  user.parse({
    ...row,
    createdAt: createdAt.toISOString(),
    disabledAt: disabledAt?.toISOString() ?? null,
    sessions: _count.sessions,
  })

async function findUser(prisma: PrismaClient, id: string): Promise<User> {
  const row = await prisma.authUser.findUnique({ where: { id }, select: told() })
  if (!row) throw userMissing(id)
  return itemOf(row)
}

export async function users(
  app: FastifyInstance,
  deps: Pick<Deps, 'pool' | 'prisma' | 'auth'>,
): Promise<void> {
  const routes = app.withTypeProvider<ZodTypeProvider>()
  const { pool, prisma } = deps
  const tags = ['people']

  routes.get(
    '/v1/users',
    {
      config: { access: 'users:read' },
      schema: {
        tags,
        summary: 'People, by e-mail address',
        querystring: pageQuery,
        response: { 200: usersPage, 400: problem, 401: problem, 403: problem },
      },
    },
    async ({ query }) => {
      const after = placeOf(query.cursor, emailPlace)
      const rows = await prisma.authUser.findMany({
        where: after === null ? {} : { email: { gt: after[0] } },
        orderBy: { email: 'asc' },
        take: query.limit + 1,
        select: told(),
      })
      return pageOf(rows, query.limit, ({ email }) => email, itemOf)
    },
  )

  routes.post(
    '/v1/users',
    {
      config: { access: 'users:write' },
      schema: {
        tags,
        summary: 'Add a person with their first password',
        body: createUserBody,
        response: { 201: user, 400: problem, 403: problem, 409: problem },
      },
    },
    async (request, reply) => {
      const id = await createUser(deps, request, request.body)
      return reply.code(201).send(await findUser(prisma, id))
    },
  )

  routes.patch(
    '/v1/users/:id',
    {
      config: { access: 'users:write' },
      schema: {
        tags,
        summary: 'Change name, role or password, disable or enable',
        params: userParams,
        body: updateUserBody,
        response: { 200: user, 400: problem, 403: problem, 404: problem, 409: problem },
      },
    },
    async (request) => {
      await updateUser(deps, request, request.params.id, request.body)
      return await findUser(prisma, request.params.id)
    },
  )

  routes.delete(
    '/v1/users/:id',
    {
      config: { access: 'users:write' },
      schema: {
        tags,
        summary: 'Remove a person and end their sessions',
        params: userParams,
        response: { 204: nothing, 400: problem, 403: problem, 404: problem, 409: problem },
      },
    },
    async (request, reply) => {
      await removeUser(pool, request, request.params.id)
      return reply.code(204).send(null)
    },
  )
}
