import type { CauseDetail } from '../../../../../api/types.ts'
import { shareOf } from '../../../../../components/share.ts'
import { BreakableName } from '../../../../../components/text.tsx'
import { counted, number } from '../../../../../words/numbers.ts'
import { type SharedTrait, traitWords } from '../../../../../words/shared-traits.ts'

/** What the held hosts have in common that peers with the same patches, and not held, do not. */
export function SharedTraits({ detail }: { detail: CauseDetail }) {
  return (
    <section aria-labelledby="shared" className="panel">
      <div className="panel-head">
        <h2 id="shared" className="text-14">
          What they share
        </h2>
      </div>
      {detail.shared.length === 0 ? (
        <p className="p-4 text-muted">{nothing(detail)}</p>
      ) : (
        <table className="w-full table-fixed text-13">
          <caption className="px-4 pt-3 text-left text-12 text-muted">
            {counted(detail.comparedHeld, 'held host')} against {counted(detail.comparedPeers, 'peer')} that
            run the same patches and are not held
          </caption>
          <thead>
            <tr className="text-left text-12 text-muted">
              <th scope="col" className="py-2 pr-2 pl-4 font-medium">
                Trait
              </th>
              <th scope="col" className="w-28 px-2 py-2 font-medium">
                Held
              </th>
              <th scope="col" className="w-28 py-2 pr-4 pl-2 font-medium">
                Peers
              </th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line border-t border-line">
            {detail.shared.map((trait) => (
              <tr key={`${trait.kind}/${trait.value}`}>
                <th scope="row" className="py-2 pr-2 pl-4 text-left align-top font-normal">
                  <span className="text-12 text-muted">{traitWords[trait.kind]} </span>
                  <BreakableName>{trait.value}</BreakableName>
                </th>
                <Share count={trait.held} of={detail.comparedHeld} state="stuck" />
                <Share count={trait.peers} of={detail.comparedPeers} state="unsupported" />
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

function nothing({ comparedHeld, comparedPeers }: CauseDetail): string {
  if (comparedHeld < 3)
    return `Nothing can be compared: it needs three held hosts, and there ${comparedHeld === 1 ? 'is 1' : `are ${comparedHeld}`}.`
  if (comparedPeers < 3)
    return 'Nothing can be compared: fewer than three hosts run the same patches without being held.'
  return `No label, kernel or system sets the ${number(comparedHeld)} held hosts apart from ${counted(comparedPeers, 'peer')}.`
}

function Share({ count, of, state }: { count: SharedTrait['held']; of: number; state: string }) {
  return (
    <td data-state={state} className="px-2 py-2 align-top last:pr-4">
      <span className="mono whitespace-nowrap">
        {number(count)} <span className="text-muted">of {number(of)}</span>
      </span>
      <span aria-hidden="true" className="mt-1 block h-1.5 rounded-full bg-line">
        <span {...shareOf(count, of)} className="share-width keep-shape block h-full rounded-full bg-fill" />
      </span>
    </td>
  )
}
