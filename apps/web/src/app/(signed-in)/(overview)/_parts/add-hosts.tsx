import Link from 'next/link'

type AddHostsProps = { mayAdd: boolean; first: boolean }

/** Where hosts come from, while there are next to none. */
export function AddHosts({ mayAdd, first }: AddHostsProps) {
  return (
    <section aria-labelledby="add-title" className="panel mt-4 clear-both">
      <div className="panel-head">
        <h2 id="add-title" className="text-14">
          {first ? 'Add the first host' : 'Add hosts'}
        </h2>
      </div>
      <div className="flex flex-wrap items-center justify-between gap-x-6 gap-y-3 p-4 text-14">
        <p className="max-w-[72ch]">
          One line on a host installs the agent, a service that only reads and opens no port; this page fills
          by itself.{!mayAdd && ' Operators and admins can make that line.'}
        </p>
        {mayAdd && (
          <Link href="/add" prefetch={false} className="button" data-kind={first ? 'primary' : undefined}>
            Make the line
          </Link>
        )}
      </div>
    </section>
  )
}
