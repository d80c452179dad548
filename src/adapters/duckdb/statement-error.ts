import { WarehouseError } from "../../core/ports/warehouse.ts"
import { readEngineError, reasonOf, wordsFor } from "./engine-error.ts"

/**
 * The engine's error about a statement, as one that names the statement without its values. `home`: the folder of the state, told
 * where its disk is what refuses.
 */
export const statementError = (sql: string, error: unknown, home?: string): WarehouseError => {
  const read = readEngineError(error)
  const reason = reasonOf(read)
  const isOfDisk = reason === "DiskFull" || reason === "Closed" || reason === "OutOfMemory"
  return new WarehouseError({
    reason,
    statement: nameOf(sql),
    detail: isOfDisk && home !== undefined ? `${wordsFor(reason, read)}, in ${home}` : wordsFor(reason, read),
    said: read.words.slice(0, mostSaid)
  })
}

/** A statement by its header, or by its verb and table where it has none: what follows may be a value. */
const nameOf = (sql: string): string => {
  const [, header] = /^-- (.*)/.exec(sql) ?? []
  const [verb = "a statement"] =
    /^append to \w+|^(?:(?:CREATE|ALTER)[A-Z ]* TABLE(?: IF NOT EXISTS)?|INSERT INTO|DELETE FROM|UPDATE) "?\w+"?|^[A-Z]+/.exec(
      sql
    ) ?? []
  return (header ?? verb).slice(0, 120)
}

/** Characters of the engine's words that are kept. */
export const mostSaid = 500
