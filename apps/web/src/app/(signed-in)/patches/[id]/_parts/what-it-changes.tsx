import type { PatchDetail } from '../../../../../api/types.ts'
import { CodeList } from '../../../../../components/code-list.tsx'
import { Name } from '../../../../../components/text.tsx'
import { counted, number } from '../../../../../words/numbers.ts'

/** Objects with their functions, and the CVEs it says it fixes. What no host said is not guessed. */
export function WhatItChanges({ detail: { objects, cves } }: { detail: PatchDetail }) {
  const functions = objects?.reduce((sum, object) => sum + object.functions.length, 0) ?? 0
  return (
    <section aria-labelledby="changes" className="panel">
      <div className="panel-head">
        <h2 id="changes" className="text-14">
          What it changes
        </h2>
        {functions > 0 && <span className="mono text-12 text-muted">{number(functions)}</span>}
      </div>
      <div className="flex flex-col gap-4 p-4 text-13">
        {objects === null ? (
          <p className="text-muted">No host said which functions it changes.</p>
        ) : objects.length === 0 ? (
          <p className="text-muted">It changes no function.</p>
        ) : (
          objects.map((object) => (
            <div key={object.name}>
              <h3 className="text-13 font-normal">
                <Name className="font-medium">{object.name}</Name>{' '}
                <span className="text-muted">{counted(object.functions.length, 'function')}</span>
              </h3>
              <CodeList items={[...new Set(object.functions)]} what="function" />
            </div>
          ))
        )}
        <div>
          <h3 className="text-13 font-medium">CVEs</h3>
          {cves === null ? (
            <p className="text-muted">No host said which it fixes.</p>
          ) : cves.length === 0 ? (
            <p className="text-muted">It fixes none.</p>
          ) : (
            <CodeList items={cves} what="CVE" />
          )}
        </div>
      </div>
    </section>
  )
}
