/** The reader's choice of theme lives in a cookie, so that the server sends the right one and nothing flashes. */
export const themeCookie = 'graftwatch-theme'
export const themes = ['system', 'light', 'dark'] as const
export type Theme = (typeof themes)[number]

export const readTheme = (value: string | undefined): Theme =>
  themes.find((theme) => theme === value) ?? 'system'
