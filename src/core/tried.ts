/**
 * Expressions that cannot be computed of every record: text that is no number, a product beyond all numbers. The engine
 * stops at the first such record and quotes its value; what is made here goes on. The table `run` is in reach of each.
 */

/** True of the rows of which an expression cannot be computed; false where it is null. */
export const fails = (sql: string): string => apart(`TRY({'value': (${sql}\n)}) IS NULL`)

/** An expression, null where it cannot be computed. */
export const tryToCompute = (sql: string): string => apart(`TRY((${sql}\n))`)

/**
 * The engine computes what several expressions share once and before them, outside of any TRY, and fails there; of what
 * stands in a branch whose condition it cannot know beforehand it leaves that.
 */
const apart = (sql: string): string => `CASE WHEN length(run.timezone) > 0 THEN ${sql} END`
