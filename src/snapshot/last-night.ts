import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { Doing } from "../core/doing.ts"
import { sql } from "../core/sql.ts"
import { named } from "../core/table.ts"
import { lastNightTable } from "./tables.ts"
import { Json, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { stand, standing } from "../state/migrations.ts"

/**
 * The input of the last run that was proven whole, and what became of its rows: enough to know on a later night
 * whether it would come to the same. It is forgotten before anything that it vouches for is written, and remembered after.
 */

const RuleCount = Schema.Struct({ entity: Schema.String, rule: Schema.String, say: Schema.String, rows: Schema.Number })

const Landing = Schema.Struct({
  dataset: Schema.String,
  read: Schema.Number,
  kept: Schema.Number,
  faulty: Schema.Number,
  keyless: Schema.Number,
  equalDuplicates: Schema.Number,
  differingDuplicates: Schema.Number,
  differingKeys: Schema.Array(Schema.String)
})

const Proof = Schema.Struct({
  dataset: Schema.String,
  endpoint: Schema.String,
  mode: Schema.Literal("full", "delta"),
  requests: Schema.Number,
  pages: Schema.Number,
  rowsRead: Schema.Number,
  totalAtStart: Schema.NullOr(Schema.Number),
  totalAtEnd: Schema.NullOr(Schema.Number),
  endRecognisedBy: Schema.Literal("empty_page", "total_reached", "no_next_link", "whole_collection", "unproven"),
  sortedByKey: Schema.Boolean,
  beganAt: Schema.optionalWith(Schema.String, { exact: true }),
  notModified: Schema.optionalWith(Schema.Literal(true), { exact: true }),
  warnings: Schema.Array(Schema.String),
  said: Schema.optionalWith(Schema.Array(Schema.String), { exact: true })
})

const Tagged = Schema.Struct({
  asked: Schema.String,
  pages: Schema.Array(
    Schema.Struct({ offset: Schema.Number, limit: Schema.Number, etag: Schema.String, sha256: Schema.String })
  ),
  honest: Schema.NullOr(Schema.Boolean),
  proof: Proof,
  sha256: Schema.String
})

const LastNight = Schema.Struct({
  /** The run that computed the rows. */
  run: Schema.Number,
  /** The build that computed them: another may make other rows of the same statements. Null = it could not be told. */
  build: Schema.NullOr(Schema.String),
  /** sha256 of all that makes rows of records: definition, statements, engine. */
  recipe: Schema.String,
  /** ISO date for which the rows were computed. */
  asOf: Schema.String,
  /** The part of the clock that rules see: the same until this day, itself left out. */
  clock: Schema.Struct({ asksNow: Schema.Boolean, until: Schema.NullOr(Schema.String) }),
  /** Nights in a row that took rows as they were kept: all of them, those of some datasets, or what a delta read left. */
  rested: Schema.Number,
  /** The datasets as they were read; `run` is that under which their rows are kept. */
  reads: Schema.Array(
    Schema.Struct({
      sha256: Schema.String,
      landedBy: Schema.String,
      run: Schema.Number,
      landing: Landing,
      /** The point from which a later delta read goes on; null of other modes. */
      delta: Schema.optionalWith(
        Schema.NullOr(Schema.Struct({ asked: Schema.String, cursor: Schema.String, wholeAt: Schema.String })),
        { default: () => null }
      ),
      /** The tags by which a later read is compared, and asked for; null where there are none. */
      tagged: Schema.optionalWith(Schema.NullOr(Tagged), { default: () => null })
    })
  ),
  /** Folder below that of the reads with the rows of the entities that look at ledgers; null where they were too many. */
  folder: Schema.NullOr(Schema.String),
  transformed: Schema.Struct({
    entities: Schema.Array(
      Schema.Struct({
        entity: Schema.String,
        kept: Schema.Number,
        unwanted: Schema.Number,
        quarantined: Schema.Number
      })
    ),
    skipped: Schema.Array(RuleCount),
    warnings: Schema.Array(RuleCount),
    accounts: Schema.Array(
      Schema.Struct({
        dataset: Schema.String,
        rows: Schema.Number,
        became: Schema.Number,
        quarantined: Schema.Number,
        unwanted: Schema.Number
      })
    )
  }),
  quarantine: Schema.Array(Schema.Struct({ entity: Schema.String, rule: Schema.String, rows: Schema.Number })),
  /** Roles that the rows of an entity name. */
  roles: Schema.Array(Schema.Struct({ entity: Schema.String, role: Schema.String })),
  /** The target's roles that reach down by themselves: they decide on what is covered. */
  cascading: Schema.Array(Schema.String)
})
export type LastNight = typeof LastNight.Type

const Row = Schema.Struct({ record: Json(LastNight) })
const lastNight = named(lastNightTable)

/**
 * The record of a pipeline; null where there is none, none that this version can read, that of another build, or where this
 * build cannot be told from another.
 */
export const readLastNight = Effect.fn("snapshot.read-last-night")(function* (
  pipeline: string,
  build: string | null
): Doing<LastNight | null, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* stand(lastNightTable)
  const rows = yield* warehouse.rows(sql`SELECT record FROM ${lastNight} WHERE pipeline = ${pipeline}`, Row).pipe(
    Effect.catchIf(
      ({ reason }) => reason === "Malformed",
      () => Effect.succeed([])
    )
  )
  const record = rows[0]?.record ?? null
  return build !== null && record?.build === build ? record : null
})

/** Forgets the record of a pipeline, if there is one. */
export const forgetLastNight = Effect.fn("snapshot.forget-last-night")(function* (
  pipeline: string
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(sql`${standing(lastNightTable)};
DELETE FROM ${lastNight} WHERE pipeline = ${pipeline}`)
})

/** Puts a record in the place of the previous one. */
export const rememberNight = Effect.fn("snapshot.remember-night")(function* (
  pipeline: string,
  record: LastNight
): Doing<void, WarehouseError, Warehouse> {
  const warehouse = yield* Warehouse
  yield* warehouse.transaction([
    sql`DELETE FROM ${lastNight} WHERE pipeline = ${pipeline}`,
    sql`INSERT INTO ${lastNight} VALUES (${pipeline}, ${JSON.stringify(record)})`
  ])
})
