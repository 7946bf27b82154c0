import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Api, enroll, problemOf, startApi } from './api.ts'

const agent = fileURLToPath(new URL('../../agent/', import.meta.url))

let api: Api
beforeAll(async () => {
  if (!existsSync(`${agent}dist/graftwatch-agent.mjs`)) spawnSync(process.execPath, [`${agent}build.mjs`])
  api = await startApi()
})
afterAll(() => api.close())

const get = (url: string) => api.app.inject({ url })

test('every file of the list is there with the checksum it has in it', async () => {
  const list = await get('/agent/SHA256SUMS')
  expect(list.statusCode).toBe(200)
  const lines = list.body.trimEnd().split('\n')
  const names = lines.map((line) => line.slice(66))
  for (const level of ['progress', 'causes', 'full'])
    expect(names).toContain(`graftwatch-agent.${level}.conf`)
  expect(names).toEqual(
    expect.arrayContaining(['graftwatch-agent.mjs', 'graftwatch-agent.service', 'graftwatch-agent.sysusers']),
  )
  expect(new Set(names).size).toBe(names.length)
  for (const line of lines) {
    const file = await get(`/agent/${line.slice(66)}`)
    expect(`${createHash('sha256').update(file.rawPayload).digest('hex')}  ${line.slice(66)}`).toBe(line)
  }
})

test.each([
  'package.json',
  'graftwatch-agent',
  'graftwatch-agent_9.9.9_amd64.deb',
  '..%2fpackage.json',
  'constructor',
])('no other file is handed out: %s', async (name) => {
  expect(problemOf(await get(`/agent/${name}`))).toMatchObject({ status: 404 })
})

test('the installer is a shell script that names no token', async () => {
  const { body, headers } = await get('/install.sh')
  expect(headers['content-type']).toContain('text/x-shellscript')
  expect(body.startsWith('#!/bin/sh\n')).toBe(true)
})

// `graftwatch-agent doctor` asks like this whether the server knows the host.
test('a heartbeat that says nothing tells a key that is known from one that is not, and leaves no trace', async () => {
  const { key } = await enroll(api)
  const ask = (bearer: string) =>
    api.app.inject({
      method: 'POST',
      url: '/v1/heartbeats',
      headers: { authorization: `Bearer ${bearer}` },
      payload: {},
    })
  expect(problemOf(await ask(key))).toMatchObject({ status: 400, code: 'INVALID_INPUT' })
  expect(problemOf(await ask('none'))).toMatchObject({ status: 401, code: 'HOST_KEY_INVALID' })
})
