import { agentLevels } from '@graftwatch/contract/vocabulary'
import Link from 'next/link'
import type { Overview } from '../../../../api/types.ts'
import { WithCommands } from '../../../../components/text.tsx'
import { levelCosts, levelWords } from '../../../../words/mechanisms.ts'
import { number } from '../../../../words/numbers.ts'

const countLink =
  'inline-flex min-h-6 items-center tabular-nums underline decoration-line underline-offset-4 hover:decoration-current'

/** What agents may read, and on how many hosts: a fleet that is half blind looks as calm as one that is well. Only of now. */
export function Rights({ overview: { levels, flags } }: { overview: Overview }) {
  const present = agentLevels.filter((level) => (levels[level] ?? 0) > 0)
  if (present.length === 0) return null
  const blind = flags.blind ?? 0
  return (
    <section aria-labelledby="rights" className="panel">
      <div className="panel-head">
        <h2 id="rights" className="text-14">
          What agents may read
        </h2>
      </div>
      <table className="w-full text-13">
        <caption className="sr-only">Hosts by the rights of their agent</caption>
        <thead>
          <tr className="border-b border-line text-left text-12 text-muted">
            <th scope="col" className="px-4 py-2 font-medium">
              Level
            </th>
            <th scope="col" className="px-4 py-2 text-right font-medium">
              Hosts
            </th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {present.map((level) => (
            <tr key={level}>
              <th scope="row" className="px-4 py-2 text-left font-normal">
                <span className="font-medium">{level}</span>
                <span className="block text-12 text-muted">
                  {levelWords[level]}
                  {levelCosts[level] !== null && `; ${levelCosts[level]}`}
                </span>
              </th>
              <td className="px-4 py-2 text-right align-top">
                <Link href={`/hosts?level=${level}`} prefetch={false} className={countLink}>
                  {number(levels[level] ?? 0)}
                </Link>
              </td>
            </tr>
          ))}
          {blind > 0 && (
            <tr>
              <th scope="row" className="px-4 py-2 text-left font-normal">
                <span className="font-medium">blind</span>
                <span className="block text-12 text-muted">
                  <WithCommands>
                    of all levels: a right is missing where it matters; `graftwatch-agent doctor` on the host
                    prints the line that grants it
                  </WithCommands>
                </span>
              </th>
              <td className="px-4 py-2 text-right align-top">
                <Link href="/hosts?flag=blind" prefetch={false} className={countLink}>
                  {number(blind)}
                </Link>
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </section>
  )
}
