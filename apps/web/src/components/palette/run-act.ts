import { hold } from '../../api/hold.ts'
import { signOut } from '../../api/sign-out.ts'
import { copyText } from '../copy-text.ts'
import { chooseTheme } from '../shell/theme.ts'

/** Does an act of the palette, by its key; a sentence when it could not. */
export async function runAct(key: string): Promise<string | null> {
  switch (key) {
    case 'act pause':
      hold.togglePause()
      return null
    case 'act copy-link':
      return (await copyText(window.location.href)) ? null : 'The browser does not allow copying here.'
    case 'act theme-light':
      chooseTheme('light')
      return null
    case 'act theme-dark':
      chooseTheme('dark')
      return null
    case 'act theme-system':
      chooseTheme('system')
      return null
    case 'act sign-out': {
      const problem = await signOut()
      return problem === null ? null : `${problem.detail} ${problem.remedy}`
    }
    default:
      return null
  }
}
