/** A reason to stop, in one or two sentences for the person who ran the command: what happened, and what to do. */
export class Failure extends Error {
  readonly exitCode: 1 | 2

  constructor(message: string, exitCode: 1 | 2 = 1) {
    super(message)
    this.exitCode = exitCode
  }
}

/** The server does not know this host's key, which trying again does not heal. `wasAccepted`: it did, now or in an earlier run. */
export class KeyRefused extends Failure {
  readonly wasAccepted: boolean

  constructor(wasAccepted: boolean) {
    super(
      'the server does not know the key of this host (401): the host was removed, another agent on this machine enrolled after this one, or the server is another one. Enroll it again with a new token.',
      2,
    )
    this.wasAccepted = wasAccepted
  }
}
