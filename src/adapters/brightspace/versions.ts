/**
 * Which version of each API product is spoken. Minor versions only add to answers, but a body that replaces a record
 * must be complete for its version: so nothing above what rollbook knows is asked for, however new the tenant.
 */

export interface ProductVersions {
  readonly ProductCode: string
  readonly SupportedVersions: ReadonlyArray<string>
}

/** The highest version of which rollbook knows every field that it writes. `bfp` publishes none, so that any will do. */
const highestKnown: Readonly<Record<string, string>> = { lp: "1.59", le: "1.95" }

/** Below these D2L no longer supports what rollbook needs. */
const lowestKnown: Readonly<Record<string, string>> = { lp: "1.49", le: "1.82" }

/** Versions by number, not by text: 1.9 is older than 1.49. */
export const atLeast = (version: string, floor: string): boolean => compareVersions(version, floor) >= 0

/**
 * The highest version that both sides know, for every product asked for; or, in words, why there is none.
 * `floors` go from product to the lowest version that will do. The label `unstable` is never chosen.
 */
export const chooseVersions = (
  offered: ReadonlyArray<ProductVersions>,
  floors: Readonly<Record<string, string>>,
  products: ReadonlyArray<string>
): { readonly versions: Readonly<Record<string, string>> } | { readonly refused: string } => {
  const versions: Record<string, string> = {}
  for (const product of products) {
    const floor = floors[product] ?? lowestKnown[product] ?? "1.0"
    const ceiling = highestKnown[product] ?? null
    const there = (offered.find((one) => one.ProductCode === product)?.SupportedVersions ?? [])
      .filter((version) => /^\d+\.\d+$/.test(version))
      .sort(compareVersions)
    const best = there.findLast((version) => ceiling === null || compareVersions(version, ceiling) <= 0)
    if (best === undefined || !atLeast(best, floor)) {
      const range = there.length === 0 ? "none" : `${there[0]} to ${there[there.length - 1]}`
      const known = ceiling === null ? "" : ` and at most ${ceiling}, the newest that rollbook knows`
      return { refused: `${product} must be at least ${floor}${known}; the tenant offers ${range}` }
    }
    versions[product] = best
  }
  return { versions }
}

const compareVersions = (a: string, b: string): number => {
  const [majorA = 0, minorA = 0] = a.split(".").map(Number)
  const [majorB = 0, minorB = 0] = b.split(".").map(Number)
  return majorA - majorB || minorA - minorB
}
