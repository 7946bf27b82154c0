import { CopyButton } from '../../../../components/copy-button.tsx'
import { WithCommands } from '../../../../components/text.tsx'
import {
  type InstallForm,
  installFormHints,
  installFormWords,
  installText,
  isLoopback,
} from '../../../../words/install-forms.ts'

/** `token`: null before one is made; the text then shows where it will be, and there is nothing to copy. */
type InstallTextProps = { url: string; token: string | null; form: InstallForm; allowHttp: boolean }

/** What to paste, in the form that was chosen. */
export function InstallText({ url, token, form, allowHttp }: InstallTextProps) {
  const text = installText(form, { url, token: token ?? '…', allowHttp })
  return (
    <>
      <p className="max-w-[72ch] text-13 text-muted">
        <WithCommands>{installFormHints[form]}</WithCommands>
      </p>
      <div className="flex items-start gap-2 max-sm:flex-col">
        <Block form={form} text={text} muted={token === null} />
        {token !== null && <CopyButton text={text} label="Copy" what={`for ${installFormWords[form]}`} />}
      </div>
      {isLoopback(url) && (
        <p className="max-w-[72ch] text-13">
          <strong className="font-medium">{new URL(url).hostname} is each host itself,</strong> so this works
          on this machine only. For others open the dashboard at an address that they can reach.
        </p>
      )}
    </>
  )
}

/** One line wraps; what has many keeps them, and scrolls, which a field does for the keyboard too. */
function Block({ form, text, muted }: { form: InstallForm; text: string; muted: boolean }) {
  const className = `mono block min-w-0 flex-1 rounded-control border border-line bg-surface p-3 text-13 max-sm:w-full ${muted ? 'text-muted' : ''}`
  if (form === 'shell') return <pre className={`${className} wrap-anywhere whitespace-pre-wrap`}>{text}</pre>
  return (
    <textarea
      readOnly
      value={text}
      rows={Math.min(muted ? 8 : 22, text.split('\n').length)}
      wrap="off"
      spellCheck={false}
      autoComplete="off"
      aria-label={`What to paste: ${installFormWords[form]}`}
      className={`${className} resize-y`}
    />
  )
}
