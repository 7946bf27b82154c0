/**
 * Control characters, and characters that reorder or hide text (bidirectional overrides, zero width, line separators). A task
 * may name itself with any of them, and a page that printed them raw could be made to show something else than what is there.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
const hidden = /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g

const short: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** {@link visibleText} of each line; the lines stay. For elements that keep them: `whitespace-pre-line`. */
export const visibleLines = (text: string): string => text.split('\n').map(visibleText).join('\n')

/** The text with every such character spelled out, as `\n`, `\x1b` or `\u202e`. */
export function visibleText(text: string): string {
  return text.replace(hidden, (character) => {
    const code = character.charCodeAt(0)
    return (
      short[character] ??
      (code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`)
    )
  })
}
