/** An instant whose tip, on hover and on focus, has it in both zones: see time-tip.tsx. `children`: how it is told here. */
export const TippedTime = ({
  at,
  className = '',
  children,
}: {
  at: string
  className?: string
  children: string
}) => (
  // biome-ignore lint/a11y/noNoninteractiveTabindex: its tip has the instant in both zones
  <time dateTime={at} data-tip="" tabIndex={0} className={`whitespace-nowrap ${className}`}>
    {children}
  </time>
)
