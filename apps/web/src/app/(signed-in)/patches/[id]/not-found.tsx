import Link from 'next/link'

export default function PatchNotFound() {
  return (
    <div className="panel flex flex-col items-start gap-3 p-6">
      <h1 className="text-16">There is no such patch</h1>
      <p className="max-w-[72ch] text-muted">No host ever reported it, or the address is mistyped.</p>
      <Link className="button" href="/patches" prefetch={false}>
        Show all patches
      </Link>
    </div>
  )
}
