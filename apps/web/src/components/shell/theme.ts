/** The reader's choice of theme lives in a cookie, so that the server sends the right one and nothing flashes. */
export const themeCookie = 'graftwatch-theme'
export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

export const readTheme = (value: string | undefined): Theme =>
  themes.find((theme) => theme === value) ?? 'system'

const yearSeconds = 365 * 24 * 3600
const listeners = new Set<() => void>()

/** Shows a theme at once; the server knows it from the next request on. Only in a browser. */
export function chooseTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store interface needs HTTPS
  document.cookie = `${themeCookie}=${theme}; path=/; max-age=${yearSeconds}; samesite=lax`
  for (const listener of listeners) listener()
}

/** Calls `listener` after each choice; returns the end of that. */
export function onTheme(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
