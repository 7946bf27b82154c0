# The user that the service runs as; it owns nothing but /var/lib/graftwatch-agent. Part of every installation.
add_account() {
  getent passwd graftwatch >/dev/null && return 0
  if [ -x /usr/sbin/useradd ]; then
    getent group graftwatch >/dev/null || groupadd --system graftwatch
    useradd --system --gid graftwatch --home-dir /nonexistent --no-create-home --shell /usr/sbin/nologin \
      --comment 'Graftwatch agent' graftwatch
  else
    addgroup -S graftwatch 2>/dev/null || true
    adduser -S -D -H -h /nonexistent -s /sbin/nologin -G graftwatch graftwatch
  fi
}
remove_account() {
  getent passwd graftwatch >/dev/null || return 0
  if [ -x /usr/sbin/userdel ]; then userdel graftwatch; else deluser graftwatch; fi
  if getent group graftwatch >/dev/null; then groupdel graftwatch 2>/dev/null || delgroup graftwatch 2>/dev/null || true; fi
}
make_state() {
  mkdir -p /var/lib/graftwatch-agent
  chmod 0700 /var/lib/graftwatch-agent
  chown -R graftwatch:graftwatch /var/lib/graftwatch-agent
}
