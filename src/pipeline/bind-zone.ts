import { learnZone } from "../core/zone-data.ts"
import { literal } from "../core/sql.ts"
import type { BindEngine } from "./bind-engine.ts"

/** Years before and after this one over which a zone is asked for: no run stands further off. */
const yearsAround = 3

const asked = new Set<string>()

/** Asks the engine for a time zone, once: by what it has, all local dates and times are told. False where it has none. */
export const askZone = async (engine: BindEngine, zone: string): Promise<boolean> => {
  if (zone === "" || asked.has(zone)) return true
  const [known] = await engine.rows(`SELECT 1 FROM pg_timezone_names() WHERE name = ${literal(zone)}`)
  if (known === undefined) return false
  const year = new Date().getUTCFullYear()
  const rows = await engine.rows(`-- changes of a time zone; grain: one row per change
SELECT epoch_ms(instant)::DOUBLE AS instant, minutes::DOUBLE AS minutes FROM (
  SELECT instant, (epoch(timezone(${literal(zone)}, instant)) - epoch(instant)) / 60 AS minutes
  FROM (SELECT unnest(range(TIMESTAMPTZ '${year - yearsAround}-01-01 00:00:00+00', TIMESTAMPTZ '${year + yearsAround}-01-01 00:00:00+00', INTERVAL 1 HOUR)) AS instant))
QUALIFY minutes IS DISTINCT FROM lag(minutes) OVER (ORDER BY instant) ORDER BY instant`)
  learnZone(
    zone,
    rows.map(([from, minutes]) => ({ from: Number(from), minutes: Number(minutes) }))
  )
  asked.add(zone)
  return true
}
