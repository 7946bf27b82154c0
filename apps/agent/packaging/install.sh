#!/bin/sh
# Installs the Graftwatch agent as a systemd service, or removes it again.
#
#   curl -fsS https://graftwatch.example.com/install.sh | sudo GRAFTWATCH_URL=https://graftwatch.example.com GRAFTWATCH_TOKEN=… sh
#   curl -fsS https://graftwatch.example.com/install.sh | sudo sh -s -- --remove
#
# What it puts on the host, checksums verified: the agent as one file where Node.js 18 or newer is in PATH; else a package of
# the host's kind or an executable without Node.js, where the server has one (`npm run package` there makes them); beside it
# /usr/local/bin/graftwatch-agent, graftwatch-agent.service with the user graftwatch, /etc/graftwatch-agent.env (mode 0600) and
# /var/lib/graftwatch-agent. The agent only reads: it never loads, disables or forces a patch, and never signals a task.
#
# GRAFTWATCH_LEVEL=progress, causes (the default) or full says what it may read: docs/agent.md.
# GRAFTWATCH_LABELS=env=prod,team=x labels the host. Run again, it keeps labels, key and other settings that it is not given anew.
# GRAFTWATCH_ALLOW_HTTP=1 permits an address without TLS.
# GRAFTWATCH_FORM=file, executable or package takes that form and no other.
# GRAFTWATCH_PREFIX=/mnt/image puts all of it into that tree, to start when the tree boots; nothing is started here.
set -eu

prefix=${GRAFTWATCH_PREFIX:-}
prefix=${prefix%/}

lib=/usr/local/lib/graftwatch
bin=/usr/local/bin/graftwatch-agent
unit=/etc/systemd/system/graftwatch-agent.service
account=/etc/sysusers.d/graftwatch-agent.conf
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
  if [ -z "$prefix" ] && dpkg -s graftwatch-agent >/dev/null 2>&1; then
    dpkg --purge graftwatch-agent
  elif [ -z "$prefix" ] && rpm -q graftwatch-agent >/dev/null 2>&1; then
    rpm -e graftwatch-agent
  fi
  rm -rf "$prefix$lib" "$prefix$bin" "$prefix$unit" "$prefix$unit.d" "$prefix$account" "$prefix$settings" "$prefix$settings.rpmsave" "$prefix$state"
  if [ -z "$prefix" ]; then
    if getent passwd graftwatch >/dev/null; then userdel graftwatch; fi
    if getent group graftwatch >/dev/null; then groupdel graftwatch; fi
    if command -v systemctl >/dev/null 2>&1; then systemctl daemon-reload; fi
  fi
  echo "graftwatch: the agent is removed. Its host stays in the dashboard until it is removed there."
  exit 0
fi
[ $# = 0 ] || fail "unknown option $1; the only one is --remove."

[ -n "$prefix" ] || [ -d /run/systemd/system ] || fail "systemd does not run here, as in a container or under WSL. Fetch \$GRAFTWATCH_URL/agent/graftwatch-agent.mjs and run it yourself."
command -v systemctl >/dev/null 2>&1 || fail "there is no systemd here. Fetch \$GRAFTWATCH_URL/agent/graftwatch-agent.mjs and run it yourself."
level=${GRAFTWATCH_LEVEL:-causes}
case "$level" in progress | causes | full) ;; *) fail "GRAFTWATCH_LEVEL must be progress, causes or full." ;; esac
case "${GRAFTWATCH_FORM:=}" in
  '' | file | executable | package) ;;
  *) fail "GRAFTWATCH_FORM must be file, executable or package." ;;
esac
[ "$GRAFTWATCH_FORM" != package ] || [ -z "$prefix" ] || fail "a package does not go into GRAFTWATCH_PREFIX; take file or executable."

ask() { # variable, question; only when someone is there to answer
  (: </dev/tty) 2>/dev/null || fail "$1 is not set."
  printf '%s: ' "$2" >/dev/tty
  IFS= read -r answer </dev/tty
  [ -n "$answer" ] || fail "$1 is not set."
  echo "$answer"
}
url=${GRAFTWATCH_URL:-$(ask GRAFTWATCH_URL 'Address of the dashboard')}
url=${url%/}
is_same_server() { grep -qxF "GRAFTWATCH_URL=$url" "$prefix$settings" 2>/dev/null; }
token=${GRAFTWATCH_TOKEN:-}
# A host that has its key for this server needs no token.
if [ -z "$token" ] && ! { [ -s "$prefix$state/host-key" ] && is_same_server; }; then
  token=$(ask GRAFTWATCH_TOKEN 'Enrollment token')
fi
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
fetch /agent/SHA256SUMS "$work/SHA256SUMS" || fail "cannot fetch the list of what there is to install from $url."

offered() { # what the name ends with: prints the name
  sed -n 's/^[0-9a-f]\{64\}  \(graftwatch-agent'"$1"'\)$/\1/p' "$work/SHA256SUMS" | head -n 1
}
get() { # name: fetched, and only then there when its checksum is right
  grep "^[0-9a-f]\{64\}  $1\$" "$work/SHA256SUMS" >"$work/sum" || fail "$url does not offer $1; its version may be an older one."
  fetch "/agent/$1" "$work/$1" || fail "cannot fetch $1 from $url."
  (cd "$work" && sha256sum -c sum >/dev/null 2>&1) || fail "the checksum of $1 does not match; nothing was installed."
}

# Which form runs here. Executables are built on glibc 2.28.
node=$(command -v node || true)
found=none
if [ -n "$node" ]; then
  found="only $("$node" -v || true)"
  # The unit's ProtectHome hides these from the service, whatever link leads there.
  case "$(readlink -f "$node")" in
    /root/* | /home/* | /run/user/*) node='' found='only one in a home folder, which the service does not see' ;;
  esac
fi
major=0
[ -z "$node" ] || major=$("$node" -p 'process.versions.node.split(".")[0]') || major=0
case "$(uname -m)" in
  x86_64) npm=x64 deb=amd64 rpm=x86_64 ;;
  aarch64) npm=arm64 deb=arm64 rpm=aarch64 ;;
  *) npm=none deb=none rpm=none ;;
esac
runs_executables() {
  glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null | sed -n 's/^glibc 2\.\([0-9]*\).*/\1/p')
  [ "${glibc:-0}" -ge 28 ]
}
package='' executable=''
if runs_executables; then
  executable=$(offered "-linux-$npm\.gz")
  if [ -n "$prefix" ]; then
    :
  elif command -v dpkg >/dev/null 2>&1 && [ -s /var/lib/dpkg/status ]; then
    package=$(offered "_[^ ]*_$deb\.deb")
  elif command -v rpm >/dev/null 2>&1; then
    package=$(offered "-[^ ]*\.$rpm\.rpm")
  fi
fi
form=$GRAFTWATCH_FORM
if [ -z "$form" ]; then
  if [ "$major" -ge 18 ]; then form=file; elif [ -n "$package" ]; then form=package; else form=executable; fi
fi
why_not() {
  if [ "$npm" = none ]; then
    echo "there is none for $(uname -m)"
  elif ! runs_executables; then
    echo "those need glibc 2.28 or newer"
  else
    echo "$url offers none for this host: run \`npm run package\` there"
  fi
}
case "$form" in
  file) [ "$major" -ge 18 ] || fail "the single file needs Node.js 18 or newer in PATH, which has $found. Install your distribution's nodejs first." ;;
  executable)
    [ -n "$executable" ] || fail "the agent needs Node.js 18 or newer, and PATH has $found. It could do without as an executable, but $(why_not). Install your distribution's nodejs, then run this again."
    ;;
  package) [ -n "$package" ] || fail "a package was asked for, but $(why_not)." ;;
esac

for name in graftwatch-agent.service graftwatch-agent.sysusers graftwatch-agent.sh "graftwatch-agent.$level.conf"; do get "$name"; done
case "$form" in file) get graftwatch-agent.mjs ;; executable) get "$executable" ;; package) get "$package" ;; esac

mkdir -p "$prefix${settings%/*}" "$prefix$unit.d"
if [ "$form" = package ]; then
  # Settings that are there are kept without a question; they are written below.
  case "$package" in
    *.deb) dpkg --force-confold -i "$work/$package" >/dev/null || fail "dpkg could not install $package." ;;
    *.rpm) rpm -U --replacepkgs "$work/$package" >/dev/null || fail "rpm could not install $package." ;;
  esac
else
  mkdir -p "$prefix${bin%/*}" "$prefix${account%/*}"
  install -d -m 0755 "$prefix$lib"
  rm -f "$prefix$lib/graftwatch-agent" "$prefix$lib/graftwatch-agent.mjs"
  if [ "$form" = file ]; then
    install -m 0644 "$work/graftwatch-agent.mjs" "$prefix$lib/graftwatch-agent.mjs"
  else
    gzip -dc "$work/$executable" >"$work/executable"
    install -m 0755 "$work/executable" "$prefix$lib/graftwatch-agent"
  fi
  sed -e "s|^lib=.*|lib=$lib|" -e "s|^exec node |exec ${node:-node} |" "$work/graftwatch-agent.sh" >"$work/bin"
  install -m 0755 "$work/bin" "$prefix$bin"
  sed "s|^ExecStart=[^ ]*|ExecStart=$bin|" "$work/graftwatch-agent.service" >"$work/unit"
  install -m 0644 "$work/unit" "$prefix$unit"
  install -m 0644 "$work/graftwatch-agent.sysusers" "$prefix$account"
  systemd-sysusers ${prefix:+--root="$prefix"} "${account##*/}" || fail "the user graftwatch could not be made."
fi
install -m 0644 "$work/graftwatch-agent.$level.conf" "$prefix$unit.d/10-level.conf"

# A key belongs to one server; for another one the host enrolls anew.
if [ -f "$prefix$settings" ] && ! is_same_server; then rm -f "$prefix$state/host-key"; fi
# Who brings a token wants the host enrolled, even if its key was taken away.
[ -z "$token" ] || rm -f "$prefix$state/accepted-key"
# Made anew: a file that is already there would keep its mode, and the token in it would be for all to read. What a person
# added stays.
grep -v -e '^GRAFTWATCH_URL=' -e '^GRAFTWATCH_TOKEN=' ${GRAFTWATCH_LABELS+-e ^GRAFTWATCH_LABELS=} -e '^#' "$prefix$settings" >"$work/kept" 2>/dev/null || true
rm -f "$prefix$settings"
(
  umask 077
  {
    echo "GRAFTWATCH_URL=$url"
    [ -z "$token" ] || echo "GRAFTWATCH_TOKEN=$token"
    [ -z "${GRAFTWATCH_LABELS:-}" ] || echo "GRAFTWATCH_LABELS=$GRAFTWATCH_LABELS"
    cat "$work/kept"
  } >"$prefix$settings"
)

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
