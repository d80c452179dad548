/** The known name closest to what was written, when close enough to have been meant; else null. */
export const nearest = (written: string, known: Iterable<string>): string | null => {
  let best: string | null = null
  let bestDistance = Math.max(2, Math.floor(written.length / 3)) + 1
  for (const name of known) {
    const distance = editDistance(written.toLowerCase(), name.toLowerCase())
    if (distance < bestDistance) {
      best = name
      bestDistance = distance
    }
  }
  return best
}

/** "did you mean …?", or the list of what there is when it is short; empty when nothing helps. */
export const suggestion = (written: string, known: Iterable<string>): string => {
  const names = [...known]
  const near = nearest(written, names)
  if (near !== null) return `did you mean ${near}?`
  return names.length > 0 && names.length <= 12 ? `known: ${names.join(", ")}` : ""
}

const editDistance = (a: string, b: string): number => {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(substitution, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[b.length] ?? 0
}
