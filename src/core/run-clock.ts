import { literal } from "./sql.ts"

/** The moment a run stands for. */
export interface RunClock {
  /** `YYYY-MM-DD` in the district's time zone. */
  readonly asOf: string
  /** ISO instant, UTC. */
  readonly now: string
}

/** Makes the table `run`: one row with `as_of`, `now` and `timezone`, which is all that expressions see of the clock. */
export const clockStatement = (clock: RunClock, timezone: string): string =>
  `CREATE OR REPLACE TEMP TABLE run AS
SELECT CAST(${literal(clock.asOf)} AS DATE) AS as_of, CAST(CAST(${literal(clock.now)} AS TIMESTAMPTZ) AS TIMESTAMP) AS now, ${literal(timezone)} AS timezone`
