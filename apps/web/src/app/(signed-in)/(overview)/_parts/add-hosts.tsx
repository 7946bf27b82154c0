import { CopyButton } from '../../../../components/copy-button.tsx'

/** The overview of an empty fleet: why it is empty, and the one step that changes it. */
export function AddHosts({ base }: { base: string }) {
  const command = `curl -fsS ${base}/install.sh | GRAFTWATCH_URL=${base} GRAFTWATCH_TOKEN=… sh`
  return (
    <>
      <p className="mt-1 mb-5 max-w-[72ch] text-20">No host reports here yet.</p>
      <section aria-labelledby="add-title" className="panel p-6">
        <h2 id="add-title" className="text-16">
          Add the first host
        </h2>
        <ol className="mt-3 flex max-w-[72ch] list-decimal flex-col gap-3 pl-5 text-14">
          <li>
            Choose an enrollment token and start the server with it in{' '}
            <code className="mono text-13">GRAFTWATCH_ENROLLMENT_TOKEN</code>. It travels by environment,
            never in a URL.
          </li>
          <li>
            On the host, put it in place of <code className="mono text-13">…</code> and run as root:
            <div className="mt-2 flex items-start gap-2 max-sm:flex-col">
              <pre className="mono min-w-0 flex-1 rounded-control border border-line bg-surface p-3 text-13 wrap-anywhere whitespace-pre-wrap max-sm:w-full">
                {command}
              </pre>
              <CopyButton text={command} label="Copy" what="the install command" />
            </div>
          </li>
        </ol>
        <p className="mt-4 max-w-[72ch] text-13 text-muted">
          It installs the agent as a service that only reads /sys and /proc, opens no port and runs no other
          program. This page fills by itself with the first report.
        </p>
      </section>
    </>
  )
}
