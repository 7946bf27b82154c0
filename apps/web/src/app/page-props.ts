/** What Next hands a page, written out: its generated global type exists only after a build. */
export type PageProps<Params = Record<string, never>> = {
  params: Promise<Params>
  searchParams: Promise<Record<string, string | string[] | undefined>>
}
