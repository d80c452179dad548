import { useEffect, useState } from "preact/hooks"

/** The place in the pages: the words of the address behind `#/`. */
export type Place = ReadonlyArray<string>

/** Addresses under which a learning platform may launch a page. */
const launched: Readonly<Record<string, string>> = {
  "/manage-grades": "grades",
  "/export-to-sis": "export",
  "/view-all-exports": "exports"
}

/** A word of the address; one that was cut off in the midst of a letter stays as it is, and names nothing. */
const decoded = (word: string): string => {
  try {
    return decodeURIComponent(word)
  } catch {
    return word
  }
}

export const here = (): Place => {
  const words = location.hash
    .replace(/^#\/?/, "")
    .split("/")
    .filter((word) => word !== "")
    .map(decoded)
  const first = launched[location.pathname]
  return words.length === 0 && first !== undefined ? [first] : words
}

export const href = (...words: Place): string => `#/${words.map(encodeURIComponent).join("/")}`

export const go = (...words: Place): void => {
  location.hash = href(...words)
}

let hasArrived = false

/** Whether somebody has gone from one page to another since this was last asked. */
export const takeArrival = (): boolean => {
  const was = hasArrived
  hasArrived = false
  return was
}

/** Follows the address. */
export const usePlace = (): Place => {
  const [place, setPlace] = useState(here)
  useEffect(() => {
    const follow = (): void => {
      hasArrived = true
      setPlace(here())
    }
    addEventListener("hashchange", follow)
    return () => removeEventListener("hashchange", follow)
  }, [])
  return place
}
