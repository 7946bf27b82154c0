#!/bin/sh
# Installs the Graftwatch agent as a systemd service, or removes it again.
#
#   curl -fsS https://graftwatch.example.com/install.sh | sudo GRAFTWATCH_URL=https://graftwatch.example.com GRAFTWATCH_TOKEN=… sh
#   curl -fsS https://graftwatch.example.com/install.sh | sudo sh -s -- --remove
#
# What it puts on the host: /usr/local/lib/graftwatch/graftwatch-agent.mjs (one file, its checksum verified),
# /usr/local/bin/graftwatch-agent, graftwatch-agent.service, /etc/graftwatch-agent.env (mode 0600) and, once it runs,
# /var/lib/graftwatch-agent. The agent only reads: it never loads, disables or forces a patch, and never signals a task.
#
# GRAFTWATCH_LABELS=env=prod,team=x labels the host. GRAFTWATCH_ALLOW_HTTP=1 permits an address without TLS.
# GRAFTWATCH_PREFIX=/mnt/image puts all of it into that tree, to start when the tree boots; nothing is started here.
set -eu

prefix=${GRAFTWATCH_PREFIX:-}
prefix=${prefix%/}

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
case "$prefix" in
  '') ;;
  /*) [ -d "$prefix" ] || fail "GRAFTWATCH_PREFIX is no folder: $prefix." ;;
  *) fail "GRAFTWATCH_PREFIX must be the absolute path of a folder." ;;
esac

if [ "${1:-}" = --remove ]; then
  if [ -n "$prefix" ]; then
    systemctl --root="$prefix" disable graftwatch-agent.service 2>/dev/null || true
  elif command -v systemctl >/dev/null 2>&1; then
    systemctl disable --now graftwatch-agent.service 2>/dev/null || true
  fi
  rm -rf "$prefix$lib" "$prefix$bin" "$prefix$unit" "$prefix$settings" "$prefix$state" "$prefix/var/lib/private/graftwatch-agent"
  if [ -z "$prefix" ] && command -v systemctl >/dev/null 2>&1; then systemctl daemon-reload; fi
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
case "$url$token${GRAFTWATCH_LABELS:-}" in *[!][A-Za-z0-9:/._=,@%~?+-]*) fail "GRAFTWATCH_URL, _TOKEN and _LABELS may not hold spaces or quotes." ;; esac
# Without TLS whoever is on the way could swap the agent, which runs with privileges, and its checksum with it.
is_loopback() { # url
  authority=${1#http://}
  authority=${authority%%/*}
  port=${authority##*:}
  case "$authority" in
    127.0.0.1 | localhost | '[::1]') return 0 ;;
    127.0.0.1:* | localhost:* | '[::1]:'*) ;;
    *) return 1 ;;
  esac
  case "$authority" in "127.0.0.1:$port" | "localhost:$port" | "[::1]:$port") ;; *) return 1 ;; esac
  case "$port" in '' | *[!0-9]*) return 1 ;; esac
}
case "$url" in
  http://*)
    is_loopback "$url" || [ "${GRAFTWATCH_ALLOW_HTTP:-}" = 1 ] ||
      fail "GRAFTWATCH_URL is not https: the token would travel in the open, and whoever is on the way could swap the agent, which runs with privileges. Put TLS in front of the dashboard, or set GRAFTWATCH_ALLOW_HTTP=1 if you trust every network in between."
    ;;
esac

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

mkdir -p "$prefix${bin%/*}" "$prefix${unit%/*}" "$prefix${settings%/*}"
install -d -m 0755 "$prefix$lib"
install -m 0644 "$work/graftwatch-agent.mjs" "$prefix$lib/graftwatch-agent.mjs"
printf '#!/bin/sh\nexec %s %s/graftwatch-agent.mjs "$@"\n' "$node" "$lib" >"$work/bin"
install -m 0755 "$work/bin" "$prefix$bin"

# A key belongs to one server; for another one the host enrolls anew.
if [ -f "$prefix$settings" ] && ! grep -qxF "GRAFTWATCH_URL=$url" "$prefix$settings"; then rm -f "$prefix$state/host-key"; fi
# Made anew: a file that is already there would keep its mode, and the token in it would be for all to read.
rm -f "$prefix$settings"
(
  umask 077
  {
    echo "GRAFTWATCH_URL=$url"
    echo "GRAFTWATCH_TOKEN=$token"
    [ -z "${GRAFTWATCH_LABELS:-}" ] || echo "GRAFTWATCH_LABELS=$GRAFTWATCH_LABELS"
  } >"$prefix$settings"
)

# DAC_READ_SEARCH: the migration state of other users' tasks. SYS_PTRACE and SYS_ADMIN: their kernel stacks, which name the
# cause. SYSLOG: the kernel log. `graftwatch-agent doctor` says what each costs when it is taken away.
cat >"$prefix$unit" <<UNIT
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

if [ -n "$prefix" ]; then
  systemctl --root="$prefix" enable graftwatch-agent.service >/dev/null 2>&1
  echo "graftwatch: the agent is in $prefix. It enrolls when that system starts."
  exit 0
fi
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
