import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { openWarehouse } from "../../src/adapters/duckdb/warehouse.ts"
import { sql } from "../../src/core/sql.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { prune } from "../../src/service/prune.ts"
import { outcomeTable, runsTable } from "../../src/state/durable.ts"
import { standing } from "../../src/state/migrations.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"

let home = ""
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), "rollbook-prune-"))
})
afterAll(() => rmSync(home, { recursive: true, force: true }))

const now = Date.parse("2026-10-31T12:00:00Z")
const keep = { plans: 30, reads: 30, history: 30, quarantine: 30, logs: 30 }

const plan = (id: string, made: string, over: string): void => {
  mkdirSync(join(home, "plans", id), { recursive: true })
  const header = { pipeline: "roster", created_at: `${made}T02:00:00Z`, expires_at: `${over}T14:00:00Z` }
  writeFileSync(join(home, "plans", id, "plan.json"), JSON.stringify(header))
}

it("takes away what is old, and neither what stands nor what may still be carried out", async () => {
  plan("roster-old", "2026-08-01", "2026-08-02")
  plan("roster-long", "2026-08-01", "2026-12-24")
  plan("roster-cut-off", "2026-08-01", "2026-08-02")
  plan("roster-newest", "2026-09-01", "2026-09-02")
  mkdirSync(join(home, "journal"))
  writeFileSync(join(home, "journal", "roster-cut-off.journal"), "")
  for (const [read, at] of [
    ["1", "2026-08-01"],
    ["90", "2026-10-30"]
  ] as const) {
    mkdirSync(join(home, "reads", read), { recursive: true })
    writeFileSync(join(home, "reads", read, "read.json"), JSON.stringify({ readAt: `${at}T02:00:00Z` }))
  }
  mkdirSync(join(home, "logs"))
  for (const name of ["old.ndjson", "new.ndjson"]) writeFileSync(join(home, "logs", name), "")
  utimesSync(join(home, "logs", "old.ndjson"), new Date("2026-08-01"), new Date("2026-08-01"))
  utimesSync(join(home, "logs", "new.ndjson"), new Date("2026-10-30"), new Date("2026-10-30"))

  const state = Layer.scoped(
    Warehouse,
    openWarehouse({ stateFile: join(home, "state.duckdb"), memoryLimit: "200MB", threads: 1 })
  )
  const seen = await Effect.runPromise(
    Effect.gen(function* () {
      const warehouse = yield* Warehouse
      yield* warehouse.execute(standing(runsTable, outcomeTable))
      // Runs 1 to 60 are old, 61 to 90 are not.
      yield* warehouse.execute(sql`INSERT INTO runs (run, kind, pipeline, started_at, outcome, report)
SELECT n, 'apply', 'roster', CASE WHEN n <= 60 THEN '2026-08-01T02:00:00Z' ELSE '2026-10-30T02:00:00Z' END, 'done', '{}' FROM range(1, 91) AS t(n)`)
      // Record a was sent by runs 1 and 2 and by a new one; b by run 3 alone, long ago.
      yield* warehouse.execute(sql`INSERT INTO outcome (run, plan, seq, entity, key, outcome) VALUES
(1, 'p1', 1, 'user', 'a', 'done'), (2, 'p2', 1, 'user', 'a', 'failed'), (70, 'p70', 1, 'user', 'a', 'done'), (3, 'p3', 1, 'user', 'b', 'done')`)
      yield* warehouse.execute(sql`CREATE TABLE ledger_roster_user (key VARCHAR, run INTEGER);
INSERT INTO ledger_roster_user VALUES ('c', 4);
CREATE TABLE history_roster_user (key VARCHAR, valid_from INTEGER, valid_to INTEGER);
INSERT INTO history_roster_user VALUES ('a', 1, 5), ('a', 5, 80);
CREATE TABLE fate_roster (source VARCHAR, valid_from INTEGER, valid_to INTEGER);
INSERT INTO fate_roster VALUES ('x', 1, 5), ('y', 1, NULL), ('z', 1, 80)`)
      const dry = yield* prune(keep, now, true)
      const untouched = yield* prune(
        { plans: null, reads: null, history: null, quarantine: null, logs: null },
        now,
        false
      )
      const gone = yield* prune(keep, now, false)
      const [left] = yield* warehouse.rows(
        plain(sql`SELECT (SELECT string_agg(run, ',' ORDER BY run) FROM runs WHERE run <= 60) AS runs,
(SELECT string_agg(run, ',' ORDER BY run) FROM outcome) AS outcomes,
(SELECT count(*)::INT FROM history_roster_user) AS history, (SELECT string_agg(source, ',' ORDER BY source) FROM fate_roster) AS fates`),
        anyRow
      )
      return { dry, untouched, gone, left }
    }).pipe(Effect.provide(state))
  )
  expect(seen.gone).toEqual({ plans: 1, reads: 1, logs: 1, runs: 58, history: 3, quarantine: 1 })
  expect(seen.dry).toEqual(seen.gone)
  expect(seen.untouched).toEqual({ plans: 0, reads: 0, logs: 0, runs: 0, history: 0, quarantine: 0 })
  // Run 3 sent what nothing was sent after, and run 4 is named by a ledger.
  expect(seen.left).toEqual({ runs: "3,4", outcomes: "3,70", history: 1, fates: "y,z" })
  expect(readdirSync(join(home, "plans")).sort()).toEqual(["roster-cut-off", "roster-long", "roster-newest"])
  expect(readdirSync(join(home, "reads"))).toEqual(["90"])
  expect(readdirSync(join(home, "logs"))).toEqual(["new.ndjson"])
})
