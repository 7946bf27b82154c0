import Link from 'next/link'

export default function AttemptNotFound() {
  return (
    <div className="panel flex flex-col items-start gap-3 p-6">
      <h1 className="text-16">There is no such attempt</h1>
      <p className="max-w-[72ch] text-muted">
        The host never had an attempt of this number, it has been removed, or the address is mistyped.
      </p>
      <Link className="button" href="/hosts" prefetch={false}>
        Show all hosts
      </Link>
    </div>
  )
}
