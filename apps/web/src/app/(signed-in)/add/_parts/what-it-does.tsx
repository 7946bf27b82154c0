import type { ReactNode } from 'react'
import { CopyButton } from '../../../../components/copy-button.tsx'
import { WithCommands } from '../../../../components/text.tsx'
import { type InstallForm, removalOf } from '../../../../words/install-forms.ts'

type WhatItDoesProps = { url: string; form: InstallForm }

/** What comes onto the host, as whom it runs, what it reads, and the way back. */
export function WhatItDoes({ url, form }: WhatItDoesProps) {
  const pod = form === 'daemonset'
  const removal = removalOf(form, url)
  return (
    <section aria-labelledby="what" className="panel">
      <div className="panel-head">
        <h2 id="what" className="text-14">
          What it does
        </h2>
      </div>
      <dl className="flex flex-col gap-4 p-4 text-13">
        <Fact term="Installs">
          {pod ? (
            <p>
              <WithCommands>
                A namespace, a secret and one pod a node. On the node only `/var/lib/graftwatch-agent`, which
                keeps its key.
              </WithCommands>
            </p>
          ) : (
            <ul className="mono flex flex-col gap-0.5 text-12 wrap-anywhere">
              <li>/usr/local/lib/graftwatch/</li>
              <li>/usr/local/bin/graftwatch-agent</li>
              <li>/etc/systemd/system/graftwatch-agent.service</li>
              <li>/etc/sysusers.d/graftwatch-agent.conf</li>
              <li>/etc/graftwatch-agent.env</li>
              <li>/var/lib/graftwatch-agent</li>
            </ul>
          )}
          <p className="mt-1 text-muted">
            One file, taken from this server; its checksum is verified. On a host without Node.js an
            executable or a package, with the same under /usr.
          </p>
        </Fact>
        <Fact term="Runs as">
          <WithCommands>
            {pod
              ? 'Root in a privileged pod with the node’s processes, since kernel stacks and `/dev/kmsg` are closed to any other. At most 256 MiB and a fifth of one CPU.'
              : 'The user `graftwatch`, who owns nothing but its state, with four capabilities: `DAC_READ_SEARCH`, `SYS_PTRACE`, `SYS_ADMIN` and `SYSLOG`; with two of them at level `progress` (`GRAFTWATCH_LEVEL`). At most 256 MiB and a fifth of one CPU.'}
          </WithCommands>
        </Fact>
        <Fact term="Reads">
          <WithCommands>
            What the kernel shows of live patches in `/sys` and of tasks and their kernel stacks in `/proc`,
            the kernel log; packages, installed kernels and what the next boot starts; the names of host and
            distribution.
          </WithCommands>
        </Fact>
        <Fact term="Sends">
          To this address and no other, about once a minute and more often while a transition runs. It opens
          no port.
        </Fact>
        <Fact term="Changes">
          Nothing: it loads, disables and forces no patch, signals no task, and asks only what a package
          manager or a live-patch client already knows.
        </Fact>
        <Fact term="To remove it">
          <div className="flex items-start gap-2">
            <code className="mono min-w-0 flex-1 rounded-control border border-line bg-surface px-2.5 py-1.5 text-12 wrap-anywhere">
              {removal}
            </code>
            <CopyButton text={removal} label="Copy" what="the command that removes the agent" />
          </div>
          <p className="mt-1 text-muted">
            {pod ? (
              <WithCommands>Then delete `/var/lib/graftwatch-agent` on the nodes.</WithCommands>
            ) : (
              'All of the above goes.'
            )}{' '}
            The host stays in the dashboard until it is removed there.
          </p>
        </Fact>
      </dl>
    </section>
  )
}

function Fact({ term, children }: { term: string; children: ReactNode }) {
  return (
    <div>
      <dt className="font-medium">{term}</dt>
      <dd className="mt-0.5 min-w-0">{children}</dd>
    </div>
  )
}
