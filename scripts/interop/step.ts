import type { Alertmanager } from './alertmanager.ts'
import type { MailServer } from './mail-server.ts'
import type { Programs } from './programs.ts'
import type { Prometheus } from './prometheus.ts'
import type { Receiver } from './receiver.ts'
import type { Server } from './server.ts'
import type { VerifyingReceiver } from './verifying-receiver.ts'

/** What the steps of the lane work with: all of it real, each a process of its own. */
export interface Lane {
  programs: Programs
  server: Server
  prometheus: Prometheus
  alertmanager: Alertmanager
  /** What Alertmanager hands on. */
  notifications: Receiver
  webhook: VerifyingReceiver
  mail: MailServer
}

/** One thing the lane shows. It fails by throwing. */
export interface Step {
  name: string
  run(lane: Lane): Promise<void> | void
}
