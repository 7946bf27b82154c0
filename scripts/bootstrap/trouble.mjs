import { root } from './step.mjs'

/** What a person can do about it, in one sentence, and the last words of the program that failed. */
export function explain(error) {
  const text = `${error.code ?? ''} ${error.message ?? error}\n${error.output ?? ''}`
  const remedy = remedies.find(([pattern]) => pattern.test(text))
  if (remedy) return remedy[1](error)
  if (error.output === undefined) return error.stack ?? String(error)
  const last = error.output.trim().split('\n').slice(-20).join('\n')
  return last ? `${last}\n\n${error.message}` : error.message
}

const remedies = [
  [
    /ENOSPC|EDQUOT|[Nn]o space left/,
    () => `The disk is full: nothing more can be written below ${root}. Free some space and start again.`,
  ],
  [
    /EROFS|EACCES|EPERM/,
    (error) =>
      `${error.path ?? root} cannot be written by this user. Give ${root} to yourself (chown -R), or clone it again as the user who starts Graftwatch.`,
  ],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH/,
    () =>
      'npm does not reach its registry. Check the network, or name another registry with: npm config set registry <address>',
  ],
  [
    /spawn npm ENOENT/,
    () => 'npm is not installed. It comes with Node from https://nodejs.org; install it and start again.',
  ],
  [
    /EUSAGE|in sync/,
    () =>
      'package.json and package-lock.json do not match. Run npm install, look at the difference, and start again.',
  ],
]
