import type { AttemptDetail } from '../api/types.ts'
import { burnDownSentence, elsewhereSentence } from '../words/burn-down.ts'
import { duration, preciseDuration } from '../words/duration.ts'
import { number } from '../words/numbers.ts'
import {
  type BurnDownShape,
  burnDownPath,
  burnDownShape,
  countTicks,
  logHeight,
  logPlace,
  logSecondTicks,
  tableRows,
} from './burn-down-shape.ts'
import { StepPlot } from './step-plot.tsx'
import { Unknown } from './text.tsx'

/** How the remaining tasks of one attempt fell, on logarithmic axes; beside the picture its sentence, and its numbers as a table. */
export function BurnDown({ detail }: { detail: AttemptDetail }) {
  const { attempt, samples, elsewhere } = detail
  const shape = burnDownShape({
    samples,
    startedAt: attempt.startedAt,
    until: attempt.endedAt ?? detail.now,
    outcome: attempt.outcome,
  })
  const sentence = burnDownSentence(shape, attempt.outcome)
  const others = elsewhereSentence(detail)
  const marks =
    elsewhere === null
      ? []
      : [
          { second: elsewhere.medianSeconds, word: 'median elsewhere' },
          { second: elsewhere.p95Seconds, word: '95 of 100 elsewhere' },
        ]
  const axisSeconds = Math.max(shape.seconds, ...marks.map(({ second }) => second))
  const at = (second: number) => logPlace(second, axisSeconds)
  return (
    <figure className="flex flex-col gap-2 text-13">
      {shape.first !== null && (
        <StepPlot
          label={sentence}
          path={burnDownPath(shape, { width: 1000, height: 1000, axisSeconds })}
          rows={countTicks(shape.most).map((count) => ({
            place: 1 - logHeight(count, shape.most),
            word: number(count),
          }))}
          columns={logSecondTicks(axisSeconds).map((second) => ({
            place: at(second),
            word: second === 0 ? 'start' : duration(second),
          }))}
          stalls={shape.stalls.map(({ from, to }) => ({ from: at(from), to: at(to) }))}
          unseen={shape.unseen.map(({ from, to }) => ({ from: at(from), to: at(to) }))}
          marks={marks.map(({ second, word }) => ({ place: at(second), word }))}
          end={{
            x: at(shape.seconds),
            y: 1 - logHeight(shape.last ?? 0, shape.most),
            held: attempt.outcome !== 'completed' && shape.stalls.at(-1)?.to === shape.seconds,
          }}
        />
      )}
      <figcaption className="max-w-[72ch]">
        {sentence} {others !== null && <span className="text-muted">{others}</span>}
      </figcaption>
      {shape.points.length > 0 && <Numbers shape={shape} />}
    </figure>
  )
}

function Numbers({ shape }: { shape: BurnDownShape }) {
  const rows = tableRows(shape.points)
  return (
    <details>
      <summary className="textlink inline-block min-h-6">as a table</summary>
      <table className="mt-1">
        <caption className="sr-only">Remaining tasks by time from the start</caption>
        <thead>
          <tr className="text-left text-12 text-muted">
            <th scope="col" className="pr-6 font-medium">
              After the start
            </th>
            <th scope="col" className="text-right font-medium">
              Remaining
            </th>
          </tr>
        </thead>
        <tbody className="mono text-12">
          {rows.map(({ second, remaining }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: two readings can fall into one second; their order is their identity
            <tr key={index}>
              <td className="pr-6">{preciseDuration(second)}</td>
              <td className="text-right">
                {remaining === null ? <Unknown reason="tasks were not readable" /> : number(remaining)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length < shape.points.length && (
        <p className="mt-1 text-12 text-muted">
          {number(rows.length)} of {number(shape.points.length)} readings, evenly.
        </p>
      )}
    </details>
  )
}
