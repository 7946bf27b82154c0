'use client'

import { useEffect, useRef, useState } from 'react'
import type { NewEnrollmentToken } from '../../../../api/types.ts'
import { type InstallForm, needsAllowHttp } from '../../../../words/install-forms.ts'
import { Arrivals } from './arrivals.tsx'
import { InstallTabs } from './install-tabs.tsx'
import { InstallText } from './install-text.tsx'
import { TokenFacts } from './token-facts.tsx'
import { TokenForm } from './token-form.tsx'
import { WhatItDoes } from './what-it-does.tsx'

type AddHostsProps = {
  url: string
  initialForm: InstallForm
  /** What a token is called unless somebody has a better name. */
  name: string
}

/** Makes a line and waits for who comes. The token lives in this component and nowhere else, so it is gone with the page. */
export function AddHosts({ url, initialForm, name }: AddHostsProps) {
  const [made, setMade] = useState<NewEnrollmentToken | null>(null)
  const [form, setForm] = useState(initialForm)
  const title = useRef<HTMLHeadingElement>(null)
  const [allowHttp, setAllowHttp] = useState(false)

  // The button that had the focus has gone with its form.
  useEffect(() => {
    if (made !== null) title.current?.focus()
  }, [made])

  function choose(next: InstallForm) {
    setForm(next)
    window.history.replaceState(null, '', `?form=${next}`)
  }

  return (
    <div className="grid items-start gap-4 lg:grid-cols-[minmax(0,5fr)_minmax(0,3fr)]">
      <div className="flex min-w-0 flex-col gap-4">
        <section aria-labelledby="line" className="panel">
          <div className="panel-head">
            <h2 id="line" ref={title} tabIndex={-1} className="text-14 outline-none">
              {made === null ? 'Make a line' : 'Paste this'}
            </h2>
            {made !== null && (
              <button type="button" className="button" onClick={() => setMade(null)}>
                Make another
              </button>
            )}
          </div>
          {made === null && (
            <TokenForm
              name={name}
              onMade={setMade}
              allowHttp={needsAllowHttp(url) ? { on: allowHttp, set: setAllowHttp } : null}
            />
          )}
          <InstallTabs form={form} onForm={choose} apart={made === null}>
            <InstallText url={url} token={made?.token ?? null} form={form} allowHttp={allowHttp} />
            {made !== null && <TokenFacts made={made} />}
          </InstallTabs>
        </section>
        {made !== null && <Arrivals key={made.id} token={made} url={url} />}
      </div>
      <WhatItDoes url={url} form={form} />
    </div>
  )
}
