import { CopyButton } from './copy-button.tsx'

/** A secret that was just made. It is in the page and nowhere else, and goes with it. */
export function ShownOnce({ secret, what }: { secret: string; what: string }) {
  return (
    <>
      <p>
        This is the only time it is shown. Copy it to where it will be used; whoever has it may do what it
        allows.
      </p>
      <div className="flex items-start gap-2">
        <code className="mono min-w-0 flex-1 rounded-control border border-line bg-surface px-2.5 py-1.5 text-13 wrap-anywhere text-ink">
          {secret}
        </code>
        <CopyButton text={secret} label="Copy" what={what} />
      </div>
    </>
  )
}
