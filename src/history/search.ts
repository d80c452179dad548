import { literal } from "../core/sql.ts"

/**
 * `exactly`: key, remote id, or a field by which a record can be known, as the whole. `loosely`: also every word of a
 * name somewhere in its texts. Neither minds case.
 */
export interface Search {
  readonly term: string
  readonly how: "exactly" | "loosely"
  /** Only these entities and datasets; null = all that are written to the target, and whatever was read. */
  readonly entities: ReadonlyArray<string> | null
  /** At most so many. */
  readonly limit: number
}

/** The SQL condition that a row is searched for: by columns that name it as a whole, and by columns that hold text of it. */
export const condition = (
  { how, term }: Search,
  exact: ReadonlyArray<string>,
  loose: ReadonlyArray<string>
): string => {
  const folded = term.trim().toLowerCase()
  const exactly = exact.map((column) => `lower(${column}) = ${literal(folded)}`)
  const text = `lower(concat_ws(' ', ${loose.join(", ")}))`
  const loosely =
    how === "exactly" || loose.length === 0
      ? []
      : [
          `(${folded
            .split(/\s+/)
            .map((word) => `contains(${text}, ${literal(word)})`)
            .join(" AND ")})`
        ]
  return `(${[...exactly, ...loosely].join(" OR ") || "false"})`
}
