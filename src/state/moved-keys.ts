import { oneOf, type Sql, sql } from "../core/sql.ts"
import { named } from "../core/table.ts"
import { movedKeys, runsTable } from "./durable.ts"

/** Moves of the records of a pipeline that came back under another key (run, entity, previous, key); grain: one row per move. */
export const movesOf = (pipeline: string): Sql =>
  sql`(SELECT run, plan, entity, former AS previous, key FROM ${named(movedKeys)} WHERE run IN (SELECT run FROM ${named(runsTable)} WHERE pipeline = ${pipeline}))`

/**
 * Previous keys of some entities with the key that the record has now (previous, now), followed from move to move; grain: one
 * row per previous key. Records of different entities that share their keys, as a class and its course do, are one.
 */
export const renamedKeys = (pipeline: string, entities: ReadonlyArray<string>): Sql =>
  sql`(WITH RECURSIVE chain AS (
  SELECT previous, key, run FROM ${movesOf(pipeline)} WHERE entity IN (${oneOf(entities)})
  UNION
  SELECT chain.previous, moves.key, moves.run FROM chain JOIN ${movesOf(pipeline)} AS moves
    ON moves.previous = chain.key AND moves.run > chain.run AND moves.entity IN (${oneOf(entities)})
) SELECT previous, arg_max(key, run) AS now FROM chain GROUP BY previous)`
