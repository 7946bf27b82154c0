import { expect, test } from 'vitest'
import { Slots } from './slots.ts'

/** Work that ends when the test says so. */
function workshop(waiting: Record<string, number>) {
  const running: { channelId: string; end: (arrived: boolean) => Promise<void> }[] = []
  const slots = new Slots(async (channelId, more) => {
    if (!waiting[channelId]) return null
    waiting[channelId] -= 1
    return await new Promise<boolean>((resolve) => {
      const job = {
        channelId,
        end: async (arrived: boolean) => {
          running.splice(running.indexOf(job), 1)
          resolve(arrived)
          await settled()
        },
      }
      running.push(job)
      more()
    })
  })
  const of = (channelId: string) => running.filter((job) => job.channelId === channelId)
  return { slots, running, of }
}

/** Lets every promise that can go on go on. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

test('at most 4 for one channel and 16 in all; what ends makes room for whoever has fewest', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f']
  const { slots, running, of } = workshop(Object.fromEntries(names.map((name) => [name, 50])))
  const shares = () => names.map((name) => of(name).length)
  for (const name of names) {
    slots.offer(name)
    await settled()
  }
  expect(shares()).toEqual([4, 4, 4, 4, 0, 0])
  for (let ended = 0; ended < 20; ended += 1) await running[0]?.end(true)
  expect(running).toHaveLength(16)
  for (const share of shares()) expect([2, 3]).toContain(share)
})

test('a channel whose attempts fail gets one, until one arrives', async () => {
  const { slots, of } = workshop({ a: 50 })
  slots.offer('a')
  await settled()
  expect(of('a')).toHaveLength(4)
  for (const job of of('a')) await job.end(false)
  expect(of('a')).toHaveLength(1)
  await of('a')[0]?.end(true)
  expect(of('a')).toHaveLength(4)
})

test('all that waits is worked off, and then it is idle', async () => {
  const waiting = { a: 30, b: 7 }
  const { slots, running } = workshop(waiting)
  slots.offer('a')
  slots.offer('b')
  await settled()
  for (let ended = 0; running.length > 0; ended += 1) {
    expect(ended).toBeLessThan(37)
    await running[0]?.end(ended % 5 !== 0)
  }
  expect(waiting).toEqual({ a: 0, b: 0 })
  await slots.close()
})

test('closing waits for what goes on and begins nothing', async () => {
  const { slots, running } = workshop({ a: 50 })
  slots.offer('a')
  await settled()
  let isClosed = false
  const closed = slots.close().then(() => {
    isClosed = true
  })
  slots.offer('a')
  while (running.length > 0) {
    expect(isClosed).toBe(false)
    await running[0]?.end(true)
  }
  await closed
  expect(isClosed).toBe(true)
})
