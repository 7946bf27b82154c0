import { WithCommands } from '../../../../components/text.tsx'
import { needsAllowHttp } from '../../../../words/install-forms.ts'

/** Why nobody has come, most frequent first. */
export function UsualCauses({ url }: { url: string }) {
  return (
    <div className="mt-4 rounded-control border border-line bg-surface p-4 text-13">
      <h3 className="text-14">Nothing yet: the five usual causes</h3>
      <ol className="mt-2 flex max-w-[72ch] list-decimal flex-col gap-1.5 pl-5">
        {usualCauses(url).map((cause) => (
          <li key={cause} className="wrap-anywhere">
            <WithCommands>{cause}</WithCommands>
          </li>
        ))}
      </ol>
      <p className="mt-3 max-w-[72ch]">
        <WithCommands>
          Once it is installed, `sudo graftwatch-agent doctor` says what it can read on the host, and which
          right is missing.
        </WithCommands>
      </p>
    </div>
  )
}

const usualCauses = (url: string): string[] => [
  `The host does not reach this address: a firewall, a name it does not know, or an address that is another machine there. Try \`curl -fsS ${url}/install.sh\` on it.`,
  'It has no Node.js 18, and this server no executable that could do without: run `npm run package` here, or install `nodejs` there. The installer says so and installs nothing.',
  needsAllowHttp(url)
    ? 'The installer refused an address without TLS. Put TLS in front of the dashboard, or make a line with the box about trust ticked.'
    : 'The certificate is from a private authority: curl takes it from the system, the agent does not. Name its file in `/etc/graftwatch-agent.env`: `GRAFTWATCH_CA_FILE=/etc/ssl/certs/ca-certificates.crt`.',
  'The agent runs and is refused: the token has expired, was revoked or is used up. `journalctl -u graftwatch-agent` has the sentence.',
  'There is no systemd, as in a container or under WSL. The installer says so; take the DaemonSet for nodes of a cluster.',
]
