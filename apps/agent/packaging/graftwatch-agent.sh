#!/bin/sh
# Starts the agent: the executable where it is installed, else the single file with Node.js. The service has its settings from
# systemd; who runs a command by hand gets those that the file holds, if they may read it.
settings=/etc/graftwatch-agent.env
if [ -z "${GRAFTWATCH_URL:-}" ] && [ -r "$settings" ]; then
  # As systemd reads it, and never as code: root may be the one who runs this.
  while IFS= read -r line || [ -n "$line" ]; do
    name=${line%%=*} value=${line#*=}
    case "$name" in '' | "$line" | [0-9]* | *[!A-Za-z0-9_]*) continue ;; esac
    case "$value" in
      \"*\") value=${value#?} value=${value%?} ;;
      \'*\') value=${value#?} value=${value%?} ;;
    esac
    export "$name=$value"
  done <"$settings"
fi
lib=/usr/lib/graftwatch-agent
# For less memory; runtime.ts says what each is for. The executable holds these flags.
export MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=40960 UV_THREADPOOL_SIZE=2
if [ -x "$lib/graftwatch-agent" ]; then exec "$lib/graftwatch-agent" "$@"; fi
exec node --max-semi-space-size=1 --v8-pool-size=0 --single-threaded --optimize-for-size "$lib/graftwatch-agent.mjs" "$@"
