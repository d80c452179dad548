import { all, joined, type Sql, sql } from "../core/sql.ts"

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
export const condition = ({ how, term }: Search, exact: ReadonlyArray<Sql>, loose: ReadonlyArray<Sql>): Sql => {
  const lowered = term.trim().toLowerCase()
  const exactly = exact.map((column) => sql`lower(${column}) = ${lowered}`)
  const text = sql`lower(concat_ws(' ', ${joined(loose, ", ")}))`
  const loosely =
    how === "exactly" || loose.length === 0
      ? []
      : [sql`(${all(lowered.split(/\s+/).map((word) => sql`contains(${text}, ${word})`))})`]
  return sql`(${joined([...exactly, ...loosely], " OR ", sql`false`)})`
}
