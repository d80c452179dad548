import { joined, name as quoted, type Sql, sql } from "./sql.ts"

/**
 * Digests in the engine, where rows are compared by the million. Two surprises of its `hash` bite here. Of several
 * columns it mixes the last one in by a bare xor, so that a xor or sum of such hashes does not depend on which value
 * stands in which row. And it hashes a list as its elements one after the other, so that it does not say where a list
 * ends, nor nothing from an empty list.
 */

/** A column as it goes into a digest. */
export interface DigestColumn {
  readonly name: string
  readonly isList: boolean
}

/** SQL for the 64-bit digest of a row, over columns in their order. Nothing, empty text and empty lists are three things. */
export const rowDigest = (columns: ReadonlyArray<DigestColumn>, alias: string | null = null): Sql =>
  sql`hash(${joined(valuesOf(columns, alias), ", ", sql`0`)})`

const valuesOf = (columns: ReadonlyArray<DigestColumn>, alias: string | null): ReadonlyArray<Sql> =>
  columns.flatMap(({ isList, name }) => {
    const column = alias === null ? quoted(name) : sql`${quoted(alias)}.${quoted(name)}`
    return isList ? [sql`len(${column})`, column] : [column]
  })

/**
 * SQL for an aggregate that tells a set of rows from any other, whatever their order; null where there is none. The
 * digest of a row is hashed once more before it is added, so that rows which exchange values add up to something else;
 * it is a sum and no xor, so that equal rows do not cancel each other out.
 */
export const setDigest = (row: Sql): Sql => sql`sum(hash(${row}))`
