import { type Sql, sql, timestamp } from "./sql.ts"
import { made, type Temporary } from "./table.ts"

/** The moment a run stands for. */
export interface RunClock {
  /** `YYYY-MM-DD` in the district's time zone. */
  readonly asOf: string
  /** ISO instant, UTC. */
  readonly now: string
}

/** The moment of the run, as expressions see it. */
const runTable: Temporary = {
  name: "run",
  grain: "one row",
  columns: { as_of: "DATE", now: "TIMESTAMP", timezone: "VARCHAR" }
}

/** Makes the table `run`: one row with `as_of`, `now` and `timezone`, which is all that expressions see of the clock. */
export const clockStatement = (clock: RunClock, timezone: string): Sql =>
  sql`${made(runTable)}
SELECT CAST(${clock.asOf} AS DATE) AS as_of, ${timestamp(clock.now)} AS now, ${timezone} AS timezone`
