/** Something the person at the keyboard can mend: the message says what, where, and what to do next. */
export class OperatorError extends Error {
  override name = 'OperatorError'
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** File system errors as a sentence with the remedy; anything else as it is. */
export function explainFileError(error: unknown, path: string): unknown {
  const code = errorCode(error)
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new OperatorError(
      `The disk is full: nothing more can be written to ${path}. Free some space and start again.`,
    )
  }
  if (code === 'EEXIST' || code === 'ENOTDIR') {
    return new OperatorError(
      `${path} is not a folder, or something above it is not. Name a folder in GRAFTWATCH_DATA_DIR.`,
    )
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return new OperatorError(
      `${path} cannot be written by this user. Give it to the user who runs Graftwatch, or set GRAFTWATCH_DATA_DIR to another folder.`,
    )
  }
  return error
}
