import * as Effect from "effect/Effect"
import type { Doing } from "../core/doing.ts"
import { joined, sql } from "../core/sql.ts"
import { countRows, type Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import type { Definition } from "../pipeline/definition.ts"
import { loadedEntitiesOf } from "../pipeline/loaded-entities.ts"
import { ledgerTable } from "../pipeline/relations.ts"
import { knownColumns } from "../state/known-columns.ts"
import { sessionsInLedgers } from "../state/session-fields.ts"
import { prepareTables } from "../state/tables.ts"
import { prepareSessions } from "./academic-sessions.ts"

/**
 * Whether a pipeline knows an academic session, by id or title, before it reads anything: by what it has sent, by the records
 * that it uses of others, and by the sessions as those read them last.
 */
export const knowsSession = Effect.fn("extract.knows-session")(function* (
  definition: Definition,
  session: string
): Doing<boolean, WarehouseError, Warehouse> {
  const loaded = loadedEntitiesOf(definition)
  yield* prepareTables(loaded)
  yield* prepareSessions
  const columns = yield* knownColumns
  const ledgers = definition.datasets.flatMap(({ mode }) =>
    mode.kind === "ledger" && mode.pipeline !== definition.name ? [ledgerTable(mode.pipeline, mode.entity)] : []
  )
  const rosters = definition.datasets.flatMap(({ mode }) => (mode.kind === "sessions" ? mode.pipelines : []))
  const known = [
    ...sessionsInLedgers(
      loaded,
      ledgers.filter((table) => columns.has(`${table}.key`))
    ),
    ...rosters.map((pipeline) => sql`SELECT id, title FROM academic_session WHERE pipeline = ${pipeline}`)
  ]
  if (known.length === 0) return false
  const found = yield* countRows(
    sql`FROM (${joined(known, "\n  UNION ")}) AS known (id, title) WHERE id = ${session} OR lower(title) = ${session.toLowerCase()}`
  )
  return found > 0
})
