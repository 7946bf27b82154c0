import type { HostDetail, HostPatch, PatchObject, Source } from '../../../../../api/types.ts'
import { Name } from '../../../../../components/text.tsx'
import { isAtomic, leftoverSentence, patchStateWord } from '../../../../../words/mechanisms.ts'
import { counted } from '../../../../../words/numbers.ts'
import { overriddenBy } from '../../../../../words/patch-stack.ts'
import { visibleText } from '../../../../../words/visible-text.ts'
import { OnDisk } from './on-disk.tsx'

/** A host on Ksplice has fifty small ones; the rest folds away. */
const patchesShown = 12

/** The patch stack with what each layer changes: newest on top where the kernel tells the order, else what is moving; leftovers last. */
export function Patches({ host, stale }: { host: HostDetail; stale: boolean }) {
  const inUse = host.patches.filter(({ state }) => state !== 'leftover')
  const orderKnown = inUse.every((patch) => patch.stackOrder !== null)
  const patches = host.patches.toSorted(
    (a, b) =>
      Number(a.state === 'leftover') - Number(b.state === 'leftover') ||
      (b.stackOrder ?? 0) - (a.stackOrder ?? 0) ||
      Number(b.inTransition) - Number(a.inTransition),
  )
  return (
    <section aria-labelledby="patches" className={`panel ${stale ? 'stale' : ''}`}>
      <div className="panel-head">
        <h2 id="patches" className="text-14">
          Patches
        </h2>
        {inUse.length > 1 && !inUse.every(isAtomic) && (
          <span className="text-12 text-muted">
            {orderKnown ? 'newest on top' : 'this kernel does not tell their order'}
          </span>
        )}
      </div>
      {patches.length === 0 ? (
        <p className="p-4 text-muted">No live patch is loaded on this host.</p>
      ) : (
        <Layers patches={patches.slice(0, patchesShown)} host={host} />
      )}
      {patches.length > patchesShown && (
        <details className="border-t border-line">
          <summary className="textlink mx-4 my-2 inline-block min-h-6 text-13">
            {counted(patches.length - patchesShown, 'more patch', 'more patches')}
          </summary>
          <Layers patches={patches.slice(patchesShown)} host={host} />
        </details>
      )}
      <OnDisk host={host} />
    </section>
  )
}

function Layers({ patches, host }: { patches: readonly HostPatch[]; host: HostDetail }) {
  return (
    <ol className="divide-y divide-line">
      {patches.map((patch) => (
        <li key={`${patch.mechanism}/${patch.name}`} className="p-4">
          <Patch patch={patch} all={host.patches} sources={host.sources} />
        </li>
      ))}
    </ol>
  )
}

type PatchProps = { patch: HostPatch; all: readonly HostPatch[]; sources: readonly Source[] }

function Patch({ patch, all, sources }: PatchProps) {
  const build = [
    patch.version === null ? null : `version ${patch.version}`,
    patch.srcVersion === null ? null : `build ${patch.srcVersion}`,
    patch.package,
  ].filter((part) => part !== null)
  return (
    <>
      <p className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <Name className="text-14 font-semibold wrap-anywhere">{patch.name}</Name>
        <span className="text-13">{patchStateWord(patch)}</span>
        <span className="text-13 text-muted">
          {patch.mechanism}
          {patch.manager !== null && patch.manager !== patch.mechanism && `, by ${patch.manager}`}
          {patch.replace === true && ', replaces older ones'}
        </span>
        {patch.forced === true && <span className="text-13 font-semibold text-stuck-text">forced</span>}
      </p>
      {build.length > 0 && (
        <p className="mono mt-0.5 text-12 wrap-anywhere text-muted">{visibleText(build.join(' · '))}</p>
      )}
      {patch.failure !== null && (
        <p className="mt-1 text-13">
          Why it is not applied: <q className="mono text-12 wrap-anywhere">{visibleText(patch.failure)}</q>
        </p>
      )}
      {patch.state === 'leftover' && <p className="mt-1 text-13 text-muted">{leftoverSentence(patch)}</p>}
      <Said patch={patch} sources={sources} />
      <Cves cves={patch.cves} />
      {patch.objects.length > 0 && (
        <ul className="mt-3 flex flex-col gap-2">
          {patch.objects.map((object) => (
            <li key={object.name}>
              <ObjectLine object={object} patch={patch} all={all} />
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

/** What a patch without objects is known by: the words of whoever tells of it, such as the title of a Ksplice update. */
function Said({ patch, sources }: Pick<PatchProps, 'patch' | 'sources'>) {
  if (!isAtomic(patch)) return null
  return sources.flatMap(({ name, claims = [] }) =>
    claims
      .filter((claim) => claim.patch === patch.name && claim.raw !== '')
      .map(({ raw }) => (
        <p key={`${name} ${raw}`} className="mt-0.5 text-13 wrap-anywhere text-muted">
          {name} says: <q>{visibleText(raw)}</q>
        </p>
      )),
  )
}

function Cves({ cves }: { cves: HostPatch['cves'] }) {
  if (cves === null) return null
  if (cves.length === 0) return <p className="mt-1 text-13 text-muted">Fixes no CVE.</p>
  return (
    <details className="mt-1 text-13">
      <summary className="textlink inline-block min-h-6">{counted(cves.length, 'CVE')}</summary>
      <p className="mono mt-1 flex flex-wrap gap-x-4 gap-y-1 text-12">
        {cves.map((cve) => (
          <span key={cve}>{cve}</span>
        ))}
      </p>
    </details>
  )
}

/** More than a glance takes in; the rest folds away. */
const functionsShown = 12

function ObjectLine({
  object,
  patch,
  all,
}: {
  object: PatchObject
  patch: HostPatch
  all: readonly HostPatch[]
}) {
  const functions = object.functions.map((each) => (
    <PatchedFunction
      key={`${each.name},${each.position}`}
      name={each.name}
      winner={overriddenBy(patch, object.name, each, all)}
    />
  ))
  return (
    <div className="text-13">
      <p>
        <Name className="font-medium">{object.name}</Name>{' '}
        <span className="text-muted">
          {object.loaded === false
            ? `waits for module ${visibleText(object.name)}; takes effect when it loads`
            : object.patched === true
              ? 'patched'
              : object.patched === false
                ? 'not patched'
                : 'whether it is patched, this kernel does not tell'}
        </span>
      </p>
      <ul className="mono mt-0.5 flex flex-wrap gap-x-4 text-12">{functions.slice(0, functionsShown)}</ul>
      {functions.length > functionsShown && (
        <details>
          <summary className="textlink inline-block min-h-6">
            {counted(functions.length - functionsShown, 'more function')}
          </summary>
          <ul className="mono flex flex-wrap gap-x-4 text-12">{functions.slice(functionsShown)}</ul>
        </details>
      )}
    </div>
  )
}

function PatchedFunction({ name, winner }: { name: string; winner: string | null }) {
  if (winner === null) return <li className="wrap-anywhere">{visibleText(name)}</li>
  return (
    <li className="wrap-anywhere text-muted" title={`${visibleText(winner)} patches it later and wins`}>
      <s>{visibleText(name)}</s> <span className="font-sans">by {visibleText(winner)}</span>
    </li>
  )
}
