#!/bin/sh
# Installs the Graftwatch agent as a systemd service, or removes it again.
#
#   curl -fsS https://graftwatch.example.com/install.sh | sudo GRAFTWATCH_URL=https://graftwatch.example.com GRAFTWATCH_TOKEN=… sh
#   curl -fsS https://graftwatch.example.com/install.sh | sudo sh -s -- --remove
#
# What it puts on the host: /usr/local/lib/graftwatch/graftwatch-agent.mjs (one file, its checksum verified),
# /usr/local/bin/graftwatch-agent, graftwatch-agent.service, /etc/graftwatch-agent.env (mode 0600) and, once it runs,
# /var/lib/graftwatch-agent. The agent only reads: it never loads, disables or forces a patch, and never signals a task.
set -eu

lib=/usr/local/lib/graftwatch
bin=/usr/local/bin/graftwatch-agent
unit=/etc/systemd/system/graftwatch-agent.service
settings=/etc/graftwatch-agent.env
state=/var/lib/graftwatch-agent

fail() {
  echo "graftwatch: $*" >&2
  exit 1
}

[ "$(uname -s)" = Linux ] || fail "the agent reads Linux kernels; this is $(uname -s)."
[ "$(id -u)" = 0 ] || fail "run this as root: it installs a system service."

if [ "${1:-}" = --remove ]; then
  if command -v systemctl >/dev/null 2>&1; then
    systemctl disable --now graftwatch-agent.service 2>/dev/null || true
  fi
  rm -rf "$lib" "$bin" "$unit" "$settings" "$state" /var/lib/private/graftwatch-agent
  if command -v systemctl >/dev/null 2>&1; then systemctl daemon-reload; fi
  echo "graftwatch: the agent is removed. Its host stays in the dashboard until it is removed there."
  exit 0
fi
[ $# = 0 ] || fail "unknown option $1; the only one is --remove."

command -v systemctl >/dev/null 2>&1 || fail "there is no systemd here. Fetch \$GRAFTWATCH_URL/agent/graftwatch-agent.mjs and run it yourself."
node=$(command -v node || true)
[ -n "$node" ] || fail "the agent needs Node.js 18 or newer, and there is none in PATH. Install your distribution's nodejs first."
major=$("$node" -p 'process.versions.node.split(".")[0]')
[ "$major" -ge 18 ] || fail "the agent needs Node.js 18 or newer; this is $("$node" -v)."

ask() { # variable, question; only when someone is there to answer
  [ -r /dev/tty ] || fail "$1 is not set."
  printf '%s: ' "$2" >/dev/tty
  IFS= read -r answer </dev/tty
  [ -n "$answer" ] || fail "$1 is not set."
  echo "$answer"
}
url=${GRAFTWATCH_URL:-$(ask GRAFTWATCH_URL 'Address of the dashboard')}
token=${GRAFTWATCH_TOKEN:-$(ask GRAFTWATCH_TOKEN 'Enrollment token')}
url=${url%/}
case "$url" in http://* | https://*) ;; *) fail "GRAFTWATCH_URL must begin with http:// or https://." ;; esac
case "$url$token${GRAFTWATCH_LABELS:-}" in *[!A-Za-z0-9:/._=,@%~?+-]*) fail "GRAFTWATCH_URL, _TOKEN and _LABELS may not hold spaces or quotes." ;; esac

fetch() { # path, file
  if command -v curl >/dev/null 2>&1; then
    curl -fsS --retry 2 -o "$2" "$url$1"
  elif command -v wget >/dev/null 2>&1; then
    wget -q -O "$2" "$url$1"
  else
    fail "neither curl nor wget is here to fetch the agent."
  fi
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fetch /agent/graftwatch-agent.mjs "$work/graftwatch-agent.mjs" || fail "cannot fetch the agent from $url."
fetch /agent/graftwatch-agent.mjs.sha256 "$work/sum" || fail "cannot fetch the agent's checksum from $url."
(cd "$work" && sha256sum -c sum >/dev/null) || fail "the agent's checksum does not match; nothing was installed."

install -d -m 0755 "$lib"
install -m 0644 "$work/graftwatch-agent.mjs" "$lib/graftwatch-agent.mjs"
printf '#!/bin/sh\nexec %s %s/graftwatch-agent.mjs "$@"\n' "$node" "$lib" >"$work/bin"
install -m 0755 "$work/bin" "$bin"

# A key belongs to one server; for another one the host enrolls anew.
if [ -f "$settings" ] && ! grep -qxF "GRAFTWATCH_URL=$url" "$settings"; then rm -f "$state/host-key"; fi
(
  umask 077
  {
    echo "GRAFTWATCH_URL=$url"
    echo "GRAFTWATCH_TOKEN=$token"
    [ -z "${GRAFTWATCH_LABELS:-}" ] || echo "GRAFTWATCH_LABELS=$GRAFTWATCH_LABELS"
  } >"$settings"
)

# DAC_READ_SEARCH: the migration state of other users' tasks. SYS_PTRACE and SYS_ADMIN: their kernel stacks, which name the
# cause. SYSLOG: the kernel log. `graftwatch-agent doctor` says what each costs when it is taken away.
cat >"$unit" <<UNIT
[Unit]
Description=Graftwatch agent: reports the kernel's live-patch state
After=network-online.target
Wants=network-online.target

[Service]
ExecStart=$bin run
EnvironmentFile=$settings
Environment=GRAFTWATCH_STATE_DIR=$state
StateDirectory=graftwatch-agent
StateDirectoryMode=0700
DynamicUser=yes
AmbientCapabilities=CAP_DAC_READ_SEARCH CAP_SYS_PTRACE CAP_SYS_ADMIN CAP_SYSLOG
CapabilityBoundingSet=CAP_DAC_READ_SEARCH CAP_SYS_PTRACE CAP_SYS_ADMIN CAP_SYSLOG
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
MemoryMax=256M
CPUQuota=20%
Restart=always
RestartSec=10

[Install]
WantedBy=multi-user.target
UNIT

systemctl daemon-reload
systemctl enable graftwatch-agent.service >/dev/null 2>&1
systemctl restart graftwatch-agent.service || fail "the service does not start: journalctl -u graftwatch-agent"
# The token has done its work once the host has a key of its own.
tries=0
until [ -s "$state/host-key" ] || [ "$tries" -ge 20 ]; do
  tries=$((tries + 1))
  sleep 1
done
if [ -s "$state/host-key" ]; then
  sed -i '/^GRAFTWATCH_TOKEN=/d' "$settings"
  echo "graftwatch: $(hostname) reports to $url."
else
  fail "the agent has not enrolled yet: journalctl -u graftwatch-agent says why."
fi
