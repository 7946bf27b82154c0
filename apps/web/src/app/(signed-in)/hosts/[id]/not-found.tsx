import Link from 'next/link'

export default function HostNotFound() {
  return (
    <div className="panel flex flex-col items-start gap-3 p-6">
      <h1 className="text-16">There is no such host</h1>
      <p className="max-w-[72ch] text-muted">
        It may have been removed, by itself or with the demo fleet, or the address is mistyped.
      </p>
      <Link className="button" href="/hosts" prefetch={false}>
        Show all hosts
      </Link>
    </div>
  )
}
