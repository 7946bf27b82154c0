import Link from 'next/link'

export default function ChannelNotFound() {
  return (
    <div className="panel flex flex-col items-start gap-3 p-6">
      <h1 className="text-16">There is no such channel</h1>
      <p className="max-w-[72ch] text-muted">It was removed, or the address is mistyped.</p>
      <Link className="button" href="/alerts/channels" prefetch={false}>
        Show all channels
      </Link>
    </div>
  )
}
