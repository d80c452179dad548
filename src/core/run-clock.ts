import { type Sql, sql } from "./sql.ts"

/** The moment a run stands for. */
export interface RunClock {
  /** `YYYY-MM-DD` in the district's time zone. */
  readonly asOf: string
  /** ISO instant, UTC. */
  readonly now: string
}

/** Makes the table `run`: one row with `as_of`, `now` and `timezone`, which is all that expressions see of the clock. */
export const clockStatement = (clock: RunClock, timezone: string): Sql =>
  sql`CREATE OR REPLACE TEMP TABLE run AS
SELECT CAST(${clock.asOf} AS DATE) AS as_of, CAST(CAST(${clock.now} AS TIMESTAMPTZ) AS TIMESTAMP) AS now, ${timezone} AS timezone`
