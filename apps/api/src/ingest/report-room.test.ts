import { describe, expect, test } from 'vitest'
import { ReportRoom } from './report-room.ts'

const mebibyte = 1024 * 1024

describe('the room for reports', () => {
  test('ends at 64 MiB, whoever sends, and is free again when they are answered', () => {
    const room = new ReportRoom()
    const places = Array.from({ length: 64 }, (_, host) => room.enter(host + 1, mebibyte))
    expect(() => room.enter(99, 1)).toThrow(expect.objectContaining({ code: 'BUSY', retryAfterSeconds: 10 }))
    for (const place of places) place.leave()
    for (const place of places) place.leave()
    expect(room.bytes).toBe(0)
    room.enter(99, 1)
  })

  test('counts what a body unfolds to', () => {
    const room = new ReportRoom()
    for (let host = 1; host <= 63; host += 1) room.enter(host, mebibyte)
    const small = room.enter(99, 1000)
    small.resize(mebibyte)
    expect(room.bytes).toBe(64 * mebibyte)
    const late = room.enter(100, 0)
    expect(() => late.resize(1)).toThrow(expect.objectContaining({ code: 'BUSY' }))
    late.leave()
    small.leave()
    expect(room.bytes).toBe(63 * mebibyte)
  })

  test('has four places for one host', () => {
    const room = new ReportRoom()
    const places = [1, 2, 3, 4].map((bytes) => room.enter(7, bytes))
    expect(() => room.enter(7, 1)).toThrow(
      expect.objectContaining({ code: 'TOO_MANY_REQUESTS', retryAfterSeconds: 2 }),
    )
    room.enter(8, 1)
    places[0]?.leave()
    room.enter(7, 1)
  })
})
