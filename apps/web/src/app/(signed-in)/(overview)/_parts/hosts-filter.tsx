import Form from 'next/form'
import Link from 'next/link'
import { type HostsView, hostsHref } from '../search-params.ts'

/** Search by name, and the way back from any filter. A plain form: it works before any script has loaded. */
export function HostsFilter({ view }: { view: HostsView }) {
  const filtered = view.states.length > 0 || view.q !== ''
  return (
    <div className="flex items-center gap-2 max-sm:w-full">
      {filtered && (
        <Link href={hostsHref({})} prefetch={false} className="textlink text-13 whitespace-nowrap">
          Show all
        </Link>
      )}
      <Form action="/" className="max-sm:flex-1">
        {view.states.length > 0 && <input type="hidden" name="state" value={view.states.join(',')} />}
        <label htmlFor="q" className="sr-only">
          Search hosts by name
        </label>
        <input
          id="q"
          name="q"
          type="search"
          defaultValue={view.q}
          key={view.q}
          placeholder="Search by name"
          autoComplete="off"
          spellCheck={false}
          className="field min-h-8 py-1 text-13 sm:w-52"
        />
      </Form>
    </div>
  )
}
