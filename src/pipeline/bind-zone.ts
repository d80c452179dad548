import { learnZone } from "../core/zone-data.ts"
import type { Diagnostic } from "../core/diagnostics.ts"
import { literal } from "../core/sql.ts"
import type { BindEngine } from "./bind-engine.ts"
import type { Definition } from "./definition.ts"
import type { SourceFile } from "./source-file.ts"

/** Years before and after this one over which a zone is asked for: no run stands further off. */
const yearsAround = 3

const asked = new Set<string>()

/** Asks the engine for a time zone, once, around `now` (milliseconds since 1970): by what it has, all local dates and times are told. False where it has none. */
export const askZone = async (engine: BindEngine, zone: string, now: number): Promise<boolean> => {
  if (zone === "" || asked.has(zone)) return true
  const [known] = await engine.rows(`SELECT 1 FROM pg_timezone_names() WHERE name = ${literal(zone)}`)
  if (known === undefined) return false
  const year = new Date(now).getUTCFullYear()
  // Looked at every six hours; the change itself is then found to the minute, as Lord Howe changes at half past an hour of UTC.
  const minutesAt = (instant: string): string =>
    `(epoch(timezone(${literal(zone)}, ${instant})) - epoch(${instant})) / 60`
  const rows = await engine.rows(`-- changes of a time zone; grain: one row per change
WITH looked AS (SELECT instant, ${minutesAt("instant")} AS minutes
  FROM (SELECT unnest(range(TIMESTAMPTZ '${year - yearsAround}-01-01 00:00:00+00', TIMESTAMPTZ '${year + yearsAround}-01-01 00:00:00+00', INTERVAL 6 HOUR)) AS instant)),
changed AS (SELECT instant AS later, minutes FROM looked
  QUALIFY minutes IS DISTINCT FROM lag(minutes) OVER (ORDER BY instant)),
minutely AS (SELECT later, minutes, unnest(range(later - INTERVAL 359 MINUTE, later + INTERVAL 1 MINUTE, INTERVAL 1 MINUTE)) AS instant FROM changed)
SELECT epoch_ms(min(instant))::DOUBLE AS instant, any_value(minutes)::DOUBLE AS minutes FROM minutely
WHERE ${minutesAt("instant")} = minutes GROUP BY later ORDER BY later`)
  learnZone(
    zone,
    rows.map(([from, minutes]) => ({ from: Number(from), minutes: Number(minutes) }))
  )
  asked.add(zone)
  return true
}

/** The engine's data decides every local time: a zone that only Node knows is none. */
export const zoneProblems = async (
  engine: BindEngine,
  { schedule, timezone }: Definition,
  source: SourceFile,
  now: number
): Promise<ReadonlyArray<Diagnostic>> => {
  const zones = [
    { zone: timezone, path: ["timezone"] },
    ...(schedule === null || schedule.timezone === timezone
      ? []
      : [{ zone: schedule.timezone, path: ["schedule", "timezone"] }])
  ]
  const problems: Array<Diagnostic> = []
  for (const { path, zone } of zones) {
    if (await askZone(engine, zone, now)) continue
    const hint = "an IANA name of a region and a city, such as America/Chicago"
    problems.push(source.diagnostic(path, `the engine knows no time zone ${zone}`, { hint }))
  }
  return problems
}
