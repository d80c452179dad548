import * as Effect from "effect/Effect"
import { rmSync } from "node:fs"
import { join } from "node:path"
import { layer as warehouseLayer } from "../../src/adapters/duckdb/warehouse.ts"
import { gradebookCollections } from "../../src/adapters/brightspace/gradebook/contracts.ts"
import { gradebookResources } from "../../src/adapters/oneroster/gradebook/contracts.ts"
import { loadDefinition } from "../../src/pipeline/load-definition.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { compare } from "../../src/snapshot/change.ts"
import { fingerprint, prepareTables } from "../../src/state/tables.ts"
import { viewStatements } from "../../src/transform/relations.ts"
import { memoryLimit, peakMegabytes, timed } from "./measure.ts"
import { loadedEntitiesOf } from "../../src/pipeline/loaded-entities.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"

/**
 * The grade delta: `scores.ts SCORES FOLDER`. So many scores stand in the ledger, one in a thousand has changed. The floor
 * is one join on the keys with the columns compared, over the same tables.
 */
const [given = "", folder = ""] = process.argv.slice(2)
const scores = Number(given)
const pipeline = new URL("../../pipelines/grades.yaml", import.meta.url).pathname
const state = join(folder, "scores")

const measured = await Effect.runPromise(
  Effect.gen(function* () {
    const warehouse = yield* Warehouse
    const offer = { collections: gradebookCollections, resources: gradebookResources }
    const environment = { variable: () => undefined, readFile: () => null }
    const { definition } = yield* loadDefinition(pipeline, "grades.yaml", offer, environment)
    yield* prepareTables(loadedEntitiesOf(definition))
    for (const entity of loadedEntitiesOf(definition)) {
      const isScores = entity.load.entity === "result"
      const field = (name: string): string => {
        switch (name) {
          case "line_item":
            return "'line_item:' || (n // 30) || '/1'"
          case "student":
            return "'s' || (n % 1000003)"
          case "score":
            return "CAST(n % 41 AS VARCHAR)"
          case "score_status":
            return "'fully graded'"
          default:
            return "NULL"
        }
      }
      const columns = entity.fields.map((name) => `${field(name)}::VARCHAR AS ${name}`).join(", ")
      yield* warehouse.execute(
        plain(`CREATE TEMP TABLE candidate_${entity.load.entity} AS
SELECT _source, key, label, _school, _section, ${entity.fields.map((name) => (name === "score" ? "CASE WHEN n % 1000 = 0 THEN '99' ELSE score END AS score" : name)).join(", ")},
  NULL::STRUCT(verdict VARCHAR, rule VARCHAR, say VARCHAR) AS _turned
FROM (SELECT n, '' AS _source, (n // 30) || '/1/' || n AS key, NULL::VARCHAR AS label, 'school' AS _school, (n // 300)::VARCHAR AS _section, ${columns}
  FROM range(${isScores ? scores : 0}) AS numbers(n))`)
      )
      for (const view of viewStatements(definition, entity.load.entity, 0)) yield* warehouse.execute(view)
      yield* warehouse.execute(
        plain(`INSERT INTO ${entity.tables.ledger} (key, _school, _section, remote_id, presence, origin, run, ${entity.fields.join(", ")})
SELECT (n // 30) || '/1/' || n, 'school', (n // 300)::VARCHAR, 'r' || n, 'present', 'created', 1, ${columns} FROM range(${isScores ? scores : 0}) AS numbers(n)`)
      )
      yield* warehouse.execute(
        plain(`UPDATE ${entity.tables.ledger} SET fingerprint = ${fingerprint(entity.compared, null).text}`)
      )
    }
    yield* warehouse.execute(plain("CHECKPOINT"))
    yield* warehouse.execute(
      plain(
        "CREATE TEMP TABLE run AS SELECT DATE '2026-10-01' AS as_of, TIMESTAMP '2026-10-01' AS now, 'UTC' AS timezone"
      )
    )
    const compared = ["line_item", "student", "score", "score_status", "comment"]
    const floor = yield* Effect.promise(() =>
      timed(() =>
        Effect.runPromise(
          warehouse.execute(
            plain(`CREATE OR REPLACE TEMP TABLE floor AS
SELECT d.key FROM entity_result AS d FULL JOIN ledger_grades_result AS g ON d.key = g.key
WHERE d.key IS NULL OR g.key IS NULL OR ${compared.map((name) => `d.${name} IS DISTINCT FROM g.${name}`).join(" OR ")}`)
          )
        )
      )
    )
    const services = yield* Effect.context<Warehouse>()
    const seconds = yield* Effect.promise(() =>
      timed(() => Effect.runPromise(Effect.provide(compare(definition, []), services)))
    )
    const [changed] = yield* warehouse.rows(plain("SELECT count(*) AS rows FROM change"), anyRow)
    return { seconds, floor, changed: Number(changed?.["rows"]), peakMegabytes: peakMegabytes() }
  }).pipe(
    Effect.provide(
      warehouseLayer({
        stateFile: join(state, "state.duckdb"),
        memoryLimit,
        threads: null
      })
    )
  )
)
rmSync(state, { recursive: true, force: true })
process.stdout.write(`${JSON.stringify(measured)}\n`)
process.exit(0)
