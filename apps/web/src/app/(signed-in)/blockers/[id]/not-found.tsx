import Link from 'next/link'

export default function CauseNotFound() {
  return (
    <div className="panel flex flex-col items-start gap-3 p-6">
      <h1 className="text-16">There is no such cause</h1>
      <p className="max-w-[72ch] text-muted">No host was ever held by it, or the address is mistyped.</p>
      <Link className="button" href="/blockers" prefetch={false}>
        Show all causes
      </Link>
    </div>
  )
}
