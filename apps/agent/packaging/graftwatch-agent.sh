#!/bin/sh
# Starts the agent: the executable where it is installed, else the single file with Node.js. The service has its settings from
# systemd; who runs a command by hand gets those that the file holds, if they may read it.
lib=/usr/lib/graftwatch-agent
settings=/etc/graftwatch-agent.env
if [ -z "${GRAFTWATCH_URL:-}" ] && [ -r "$settings" ]; then
  set -a
  . "$settings"
  set +a
fi
if [ -x "$lib/graftwatch-agent" ]; then exec "$lib/graftwatch-agent" "$@"; fi
exec node "$lib/graftwatch-agent.mjs" "$@"
