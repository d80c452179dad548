const window = 60_000
/** A whole school may stand behind one address; what is guessed at has 256 bits. */
const most = 300

/** Attempts to sign in that were turned away, by whoever makes them: after too many in a minute none is looked at. */
export const makeAttempts = () => {
  const counts = new Map<string, { readonly since: number; count: number }>()
  const of = (from: string, now: number) => {
    const known = counts.get(from)
    return known !== undefined && now - known.since < window ? known : null
  }
  return {
    areTooMany: (from: string, now: number): boolean => (of(from, now)?.count ?? 0) >= most,
    count: (from: string, now: number): void => {
      for (const [other, { since }] of counts) {
        if (now - since < window) break
        counts.delete(other)
      }
      const known = of(from, now)
      if (known === null) {
        counts.delete(from)
        counts.set(from, { since: now, count: 1 })
      } else known.count++
    }
  }
}
