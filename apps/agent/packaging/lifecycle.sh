# What a package does with the service. All of it works where systemd does not run: in an image, a container, a chroot.
is_booted() { [ -d /run/systemd/system ]; }
is_configured() { grep -q '^GRAFTWATCH_URL=.' /etc/graftwatch-agent.env 2>/dev/null; }
after_install() {
  add_account
  make_state
  if is_booted; then systemctl daemon-reload; fi
  if is_configured; then
    if command -v systemctl >/dev/null; then systemctl enable graftwatch-agent.service >/dev/null 2>&1 || true; fi
    if is_booted; then systemctl restart graftwatch-agent.service || true; fi
  else
    echo 'graftwatch-agent: put GRAFTWATCH_URL and GRAFTWATCH_TOKEN into /etc/graftwatch-agent.env, then: systemctl enable --now graftwatch-agent'
  fi
}
after_upgrade() {
  add_account
  make_state
  if is_booted; then
    systemctl daemon-reload
    systemctl try-restart graftwatch-agent.service || true
  fi
}
before_removal() {
  if is_booted; then systemctl stop graftwatch-agent.service || true; fi
  if command -v systemctl >/dev/null; then systemctl disable graftwatch-agent.service >/dev/null 2>&1 || true; fi
}
after_removal() {
  if is_booted; then systemctl daemon-reload || true; fi
}
erase_all() {
  rm -rf /var/lib/graftwatch-agent /etc/systemd/system/graftwatch-agent.service.d
  remove_account
}
