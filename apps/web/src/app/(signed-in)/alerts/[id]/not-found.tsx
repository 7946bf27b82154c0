import Link from 'next/link'

export default function AlertNotFound() {
  return (
    <div className="panel flex flex-col items-start gap-3 p-6">
      <h1 className="text-16">There is no such alert</h1>
      <p className="max-w-[72ch] text-muted">
        It was kept for its time and is gone, it never became more than pending, or the address is mistyped.
      </p>
      <Link className="button" href="/alerts" prefetch={false}>
        Show what fires
      </Link>
    </div>
  )
}
