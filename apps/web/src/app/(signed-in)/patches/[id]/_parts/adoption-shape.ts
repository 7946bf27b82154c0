import type { PatchDetail } from '../../../../../api/types.ts'
import { secondTicks } from '../../../../../components/burn-down-shape.ts'
import { utcInstant } from '../../../../../words/duration.ts'
import { number } from '../../../../../words/numbers.ts'

type Mark = { place: number; word: string }
/** The adoption of a patch as a line in steps; places are shares of 1, the path is in a box of 1000 × 1000. */
export type AdoptionShape = { path: string; rows: Mark[]; columns: Mark[]; end: { x: number; y: number } }

const hour = 3_600_000

/** Null below two instants: a line needs a beginning and an end. Each count holds until the next one. */
export function adoptionShape({
  adoption,
  now,
}: Pick<PatchDetail, 'adoption' | 'now'>): AdoptionShape | null {
  const [first] = adoption
  const last = adoption.at(-1)
  if (first === undefined || last === undefined) return null
  const start = Date.parse(first.at)
  const length = Date.parse(now) - start
  if (length < hour) return null
  const most = Math.max(1, ...adoption.map(({ hosts }) => hosts))
  const x = (at: string) => Math.min(1, (Date.parse(at) - start) / length)
  const y = (hosts: number) => 1 - hosts / most
  const [begin = '', ...steps] = adoption.map(({ at, hosts }, index) =>
    index === 0 ? `M0 ${place(y(hosts))}` : `H${place(x(at))}V${place(y(hosts))}`,
  )
  return {
    path: `${begin}${steps.join('')}H1000`,
    rows: countMarks(most).map((count) => ({ place: y(count), word: number(count) })),
    columns: secondTicks(length / 1000).map((second) => ({
      place: (second * 1000) / length,
      word: instantWord(new Date(start + second * 1000).toISOString(), length),
    })),
    end: { x: 1, y: y(last.hosts) },
  }
}

const place = (share: number): number => Math.round(share * 100_000) / 100

/** None, all, and half where that is a whole number of hosts. */
function countMarks(most: number): number[] {
  return most % 2 === 0 && most > 2 ? [0, most / 2, most] : [0, most]
}

/** The day, or within two days the hour. */
function instantWord(at: string, length: number): string {
  const [day, month, time] = utcInstant(at, Date.parse(at)).split(' ')
  return length < 48 * hour ? `${time}` : `${day} ${month}`
}
