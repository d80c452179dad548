/**
 * The session that a launch hands over behind the `#`, where a browser keeps no cookies in its frame; null elsewhere. This page
 * alone keeps it, for as long as it stands: it is taken out of the address at once.
 */
export const takeCarried = (
  place: Pick<Location, "hash" | "pathname" | "search">,
  past: Pick<History, "replaceState">
): string | null => {
  const [, id] = /^#session=([\w-]+)$/.exec(place.hash) ?? []
  if (id === undefined) return null
  past.replaceState(null, "", `${place.pathname}${place.search}`)
  return id
}
