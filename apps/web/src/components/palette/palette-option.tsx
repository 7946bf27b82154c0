import type { PaletteItem } from './items.ts'

type PaletteOptionProps = {
  id: string
  item: PaletteItem
  active: boolean
  onPoint: () => void
  onChoose: () => void
}

/** A line of the palette. The focus stays in the input, which names the active one. */
export function PaletteOption({ id, item, active, onPoint, onChoose }: PaletteOptionProps) {
  const isCode = item.kind === 'host' || item.kind === 'patch' || item.kind === 'cause'
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox has the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the combobox has the focus
    <div
      id={id}
      role="option"
      aria-selected={active}
      onPointerMove={onPoint}
      onClick={onChoose}
      className={`flex min-h-9 cursor-pointer items-center gap-3 rounded-control px-2 text-14 max-sm:min-h-11 ${active ? 'bg-surface outline outline-control' : ''}`}
    >
      <bdi className={`min-w-0 truncate ${isCode ? 'mono text-13' : ''}`}>{item.title}</bdi>
      <span className="min-w-0 flex-1 truncate text-12 text-muted">{item.detail}</span>
      {item.keys !== null && (
        <kbd className="mono shrink-0 text-12 text-muted max-sm:hidden">{item.keys}</kbd>
      )}
    </div>
  )
}
