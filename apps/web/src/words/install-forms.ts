/** The ways to bring the agent onto hosts that the page offers. */
export const installForms = ['shell', 'ansible', 'cloud-init', 'daemonset'] as const
export type InstallForm = (typeof installForms)[number]

export const installFormWords: Record<InstallForm, string> = {
  shell: 'Shell',
  ansible: 'Ansible',
  'cloud-init': 'cloud-init',
  daemonset: 'DaemonSet',
}

/** What a way in needs. `url`: where the dashboard answers; `allowHttp`: its reader trusts a network without TLS. */
export type Installation = { url: string; token: string; allowHttp: boolean }

/** Where to paste each of them, and what it asks of the host. */
export const installFormHints: Record<InstallForm, string> = {
  shell:
    'On the host, as somebody who may `sudo`. It needs systemd, and Node.js 18 or newer or what `npm run package` on the server makes for hosts without it.',
  ansible:
    'A playbook: `ansible-playbook -i INVENTORY graftwatch.yml`. Hosts need what the line for a shell needs; a host that has the agent is left alone.',
  'cloud-init':
    'User data of a new machine whose distribution brings Node.js 18 or newer. Whoever can read the user data can read the token, so keep its life short.',
  daemonset:
    'One agent a node: `kubectl apply -f graftwatch.yml`. Any image with Node.js 18, `wget` and `sha256sum` will do.',
}

/** Whether an address means the machine it is used on. */
export const isLoopback = (url: string): boolean =>
  ['localhost', '127.0.0.1', '[::1]'].includes(new URL(url).hostname)

/** Whether install.sh refuses this address unless told otherwise. */
export const needsAllowHttp = (url: string): boolean => url.startsWith('http://') && !isLoopback(url)

/** Takes the agent off a host again. */
export function removalOf(form: InstallForm, url: string): string {
  if (form === 'daemonset') return 'kubectl delete namespace graftwatch'
  return `curl -fsS ${url}/install.sh | sudo sh -s -- --remove`
}

/** What to paste. */
export function installText(form: InstallForm, installation: Installation): string {
  return texts[form](installation)
}

const texts: Record<InstallForm, (installation: Installation) => string> = {
  shell: ({ url, token, allowHttp }) =>
    `curl -fsS ${url}/install.sh | sudo ${allowHttp ? 'GRAFTWATCH_ALLOW_HTTP=1 ' : ''}GRAFTWATCH_URL=${url} GRAFTWATCH_TOKEN=${token} sh`,

  // Fetched into a file first: `curl | sh` in a task would pass when curl fails.
  ansible: ({ url, token, allowHttp }) => `- hosts: all
  become: true
  vars:
    graftwatch_url: "${url}"
    graftwatch_token: "${token}"
  tasks:
    - name: Fetch the installer of the Graftwatch agent
      ansible.builtin.get_url:
        url: "{{ graftwatch_url }}/install.sh"
        dest: /root/graftwatch-install.sh
        mode: "0700"
    - name: Install the Graftwatch agent
      ansible.builtin.command:
        cmd: sh /root/graftwatch-install.sh
        creates: /etc/systemd/system/graftwatch-agent.service.d/10-level.conf
      environment:
        GRAFTWATCH_URL: "{{ graftwatch_url }}"
        GRAFTWATCH_TOKEN: "{{ graftwatch_token }}"${allowHttp ? '\n        GRAFTWATCH_ALLOW_HTTP: "1"' : ''}
`,

  'cloud-init': ({ url, token, allowHttp }) => `#cloud-config
packages: [curl, nodejs]
write_files:
  - path: /run/graftwatch-install.env
    permissions: "0600"
    content: |
      GRAFTWATCH_URL=${url}
      GRAFTWATCH_TOKEN=${token}${allowHttp ? '\n      GRAFTWATCH_ALLOW_HTTP=1' : ''}
runcmd:
  - [sh, -ec, "set -a; . /run/graftwatch-install.env; curl -fsS $GRAFTWATCH_URL/install.sh -o /run/graftwatch-install.sh; sh /run/graftwatch-install.sh"]
`,

  // A file that is fetched anew with every start: the folder outlives a container that is started again.
  daemonset: ({ url, token }) => `apiVersion: v1
kind: Namespace
metadata:
  name: graftwatch
  labels:
    pod-security.kubernetes.io/enforce: privileged
---
apiVersion: v1
kind: Secret
metadata:
  name: graftwatch-agent
  namespace: graftwatch
stringData:
  GRAFTWATCH_URL: "${url}"
  GRAFTWATCH_TOKEN: "${token}"
---
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: graftwatch-agent
  namespace: graftwatch
spec:
  selector:
    matchLabels:
      app: graftwatch-agent
  template:
    metadata:
      labels:
        app: graftwatch-agent
    spec:
      hostPID: true # the tasks of the node
      hostNetwork: true # the name of the node
      dnsPolicy: ClusterFirstWithHostNet
      automountServiceAccountToken: false
      tolerations:
        - operator: Exists
      containers:
        - name: agent
          image: node:22-alpine
          command: [sh, -ec]
          args:
            - |
              cd /tmp
              wget -q -O graftwatch-agent.mjs "$GRAFTWATCH_URL/agent/graftwatch-agent.mjs"
              wget -q -O sum "$GRAFTWATCH_URL/agent/graftwatch-agent.mjs.sha256"
              sha256sum -c sum
              exec node graftwatch-agent.mjs run
          envFrom:
            - secretRef:
                name: graftwatch-agent
          securityContext:
            privileged: true # kernel stacks and /dev/kmsg
            readOnlyRootFilesystem: true
          resources:
            limits:
              cpu: 200m
              memory: 256Mi
          volumeMounts:
            - { name: tmp, mountPath: /tmp }
            - { name: state, mountPath: /var/lib/graftwatch-agent }
            - { name: machine-id, mountPath: /etc/machine-id, readOnly: true }
            - { name: os-release, mountPath: /etc/os-release, readOnly: true }
      volumes:
        - name: tmp
          emptyDir: {}
        - name: state
          hostPath: { path: /var/lib/graftwatch-agent, type: DirectoryOrCreate }
        - name: machine-id
          hostPath: { path: /etc/machine-id, type: File }
        - name: os-release
          hostPath: { path: /etc/os-release, type: File }
`,
}
