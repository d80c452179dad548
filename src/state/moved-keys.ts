import { literal } from "../core/sql.ts"
import { movedKeyTable } from "./ledger.ts"

/** Moves of the records of a pipeline that came back under another key (run, entity, former, key); grain: one row per move. */
export const movesOf = (pipeline: string): string =>
  `(SELECT * FROM ${movedKeyTable} WHERE run IN (SELECT run FROM runs WHERE pipeline = ${literal(pipeline)}))`

/**
 * Former keys of some entities with the key that the record has now (former, now), followed from move to move; grain: one
 * row per former key. Records of different entities that share their keys, as a class and its course do, are one.
 */
export const renamedKeys = (pipeline: string, entities: ReadonlyArray<string>): string =>
  `(WITH RECURSIVE chain AS (
  SELECT former, key, run FROM ${movesOf(pipeline)} WHERE entity IN (${entities.map(literal).join(", ")})
  UNION
  SELECT chain.former, moves.key, moves.run FROM chain JOIN ${movesOf(pipeline)} AS moves
    ON moves.former = chain.key AND moves.run > chain.run AND moves.entity IN (${entities.map(literal).join(", ")})
) SELECT former, arg_max(key, run) AS now FROM chain GROUP BY former)`
