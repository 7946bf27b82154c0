import type { ApiKeyScope } from '@graftwatch/contract/vocabulary'
import type { InjectOptions } from 'fastify'
import { expect } from 'vitest'
import { type Api, baseUrl, signIn } from './api.ts'

/** Somebody who asks: the headers that say who it is. */
export type Headers = Record<string, string>

export const password = 'a password of one’s own'

/** Asks as this caller, and expects what is answered to be of this status. Answers the body, null when there is none. */
export async function ask(
  { app }: Pick<Api, 'app'>,
  headers: Headers,
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  url: string,
  options: { payload?: object; status?: number } = {},
) {
  const request: InjectOptions = { method, url, headers: { origin: baseUrl, ...headers } }
  if (options.payload) request.payload = options.payload
  const answer = await app.inject(request)
  expect(answer.statusCode, `${method} ${url}: ${answer.body}`).toBe(options.status ?? 200)
  return answer.body === '' ? null : answer.json()
}

let people = 0

/** A new person, made by an admin and signed in. */
export async function aPerson(api: Pick<Api, 'app'>, by: Headers, role: 'viewer' | 'operator' | 'admin') {
  people += 1
  const email = `person-${people}@example.com`
  const payload = { email, name: `Person ${people}`, role, password }
  const { id } = await ask(api, by, 'POST', '/v1/users', { payload, status: 201 })
  return { id, email, headers: await signIn(api, { email, password }) }
}

/** A new API key, as it is answered once, and the headers of whoever holds it. */
export async function aKey(api: Pick<Api, 'app'>, by: Headers, scopes: ApiKeyScope[]) {
  const payload = { label: 'nightly', scopes }
  const made = await ask(api, by, 'POST', '/v1/api-keys', { payload, status: 201 })
  return { ...made, headers: { authorization: `Bearer ${made.key}` } as Headers }
}
