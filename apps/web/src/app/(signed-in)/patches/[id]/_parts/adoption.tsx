import type { PatchDetail } from '../../../../../api/types.ts'
import { StepPlot } from '../../../../../components/step-plot.tsx'
import { utcInstant } from '../../../../../words/duration.ts'
import { counted, number } from '../../../../../words/numbers.ts'
import { adoptionShape } from './adoption-shape.ts'

const rowsShown = 24

/** Hosts fully migrated with this patch on top, over time, as a picture and as numbers. */
export function Adoption({ detail }: { detail: PatchDetail }) {
  const shape = adoptionShape(detail)
  const now = Date.parse(detail.now)
  const sentence = adoptionSentence(detail, now)
  const rows = detail.adoption.slice(-rowsShown)
  return (
    <section aria-labelledby="adoption" className="panel">
      <div className="panel-head">
        <h2 id="adoption" className="text-14">
          Adoption
        </h2>
        <span className="text-12 text-muted">fully migrated hosts whose newest patch it is; UTC</span>
      </div>
      <figure className="flex flex-col gap-2 p-4 text-13">
        {shape !== null && <StepPlot label={sentence} state="migrated" {...shape} />}
        <figcaption className={shape === null ? 'text-muted' : ''}>{sentence}</figcaption>
        {shape !== null && (
          <details>
            <summary className="textlink inline-block min-h-6">as a table</summary>
            <table className="mt-1">
              <caption className="sr-only">
                Fully migrated hosts with this patch on top, at the end of each hour in which that changed
              </caption>
              <thead>
                <tr className="text-left text-12 text-muted">
                  <th scope="col" className="pr-6 font-medium">
                    Until
                  </th>
                  <th scope="col" className="text-right font-medium">
                    Hosts
                  </th>
                </tr>
              </thead>
              <tbody className="mono text-12">
                {rows.map(({ at, hosts }) => (
                  <tr key={at}>
                    <td className="pr-6">{utcInstant(at, now)}</td>
                    <td className="text-right">{number(hosts)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {rows.length < detail.adoption.length && (
              <p className="mt-1 text-12 text-muted">
                The newest {number(rows.length)} of {number(detail.adoption.length)} changes.
              </p>
            )}
          </details>
        )}
      </figure>
    </section>
  )
}

function adoptionSentence({ adoption }: PatchDetail, now: number): string {
  const [first] = adoption
  const last = adoption.at(-1)
  if (first === undefined || last === undefined)
    return 'It has not been the newest patch of a fully migrated host so far.'
  const most = adoption.reduce((highest, each) => (each.hosts > highest.hosts ? each : highest), first)
  if (adoption.length === 1 || most.hosts === last.hosts) {
    return `The newest on ${counted(last.hosts, 'fully migrated host')} since ${utcInstant(most.at, now)}; the first was counted ${utcInstant(first.at, now)}.`
  }
  return `The newest on ${counted(last.hosts, 'fully migrated host')} now; on ${number(most.hosts)} at most, ${utcInstant(most.at, now)}.`
}
