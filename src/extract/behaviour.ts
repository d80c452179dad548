import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { sql } from "../core/sql.ts"
import type { CollectionBehaviour, Finding, Probed } from "../core/ports/probe.ts"
import { Json, Text, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { stand } from "../state/migrations.ts"
import { probeTable } from "./tables.ts"
import type { Doing } from "../core/doing.ts"

/** The result of the newest probe of a connection. */
export interface KeptProbe {
  readonly probedAt: string
  readonly findings: ReadonlyArray<Finding>
  readonly collections: ReadonlyArray<CollectionBehaviour>
}

const ProbeRow = Schema.Struct({
  probed_at: Text,
  findings: Json(
    Schema.Array(
      Schema.Struct({
        about: Schema.String,
        endpoint: Schema.NullOr(Schema.String),
        state: Schema.Literal("good", "limited", "failing", "unknown"),
        says: Schema.String
      })
    )
  ),
  collections: Json(
    Schema.Array(
      Schema.Struct({ endpoint: Schema.String, announcesTotals: Schema.Boolean, sortsByKey: Schema.Boolean })
    )
  )
})

/** The durable table of probes; grain: one row per probe. */
const prepareProbes: Effect.Effect<void, WarehouseError, Warehouse> = stand(probeTable)

/**
 * Keeps what a probe found; from now on reads are held against it. Of a collection that could not be read this time, what
 * is known from before stays. Gives the probe before; null where there was none.
 */
export const keepProbe = Effect.fn("extract.keep-probe")(function* (
  { collections, connection, findings }: Probed,
  at: string
): Doing<KeptProbe | null, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  const before = yield* lastProbe(connection)
  const read = new Set(collections.map((one) => one.endpoint))
  const known = [...(before?.collections ?? []).filter((one) => !read.has(one.endpoint)), ...collections]
  yield* warehouse.execute(
    sql`INSERT INTO probe VALUES (${connection}, ${at}, ${JSON.stringify(findings)}, ${JSON.stringify(known)})`
  )
  return before
})

/** The newest probe of a connection; null where it was never probed. */
export const lastProbe = Effect.fn("extract.last-probe")(function* (
  connection: string
): Doing<KeptProbe | null, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* prepareProbes
  const [row] = yield* warehouse.rows(
    sql`SELECT probed_at, findings, collections FROM probe WHERE connection = ${connection} ORDER BY probed_at DESC LIMIT 1`,
    ProbeRow
  )
  return row === undefined
    ? null
    : {
        probedAt: row.probed_at,
        findings: row.findings,
        collections: row.collections
      }
})
