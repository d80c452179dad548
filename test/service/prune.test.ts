import { SystemError } from "@effect/platform/Error"
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { openWarehouse } from "../../src/adapters/duckdb/warehouse.ts"
import { sql } from "../../src/core/sql.ts"
import { Disk } from "../../src/core/ports/disk.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { prune } from "../../src/service/prune.ts"
import { movedKeys, outcomeTable, releasedTable, runsTable } from "../../src/state/durable.ts"
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

/** A state in the folder, for as long as the work takes. */
const withState = <A, E>(work: Effect.Effect<A, E, Warehouse>): Promise<A> =>
  Effect.runPromise(
    Effect.provide(
      work,
      Layer.scoped(
        Warehouse,
        openWarehouse({ stateFile: join(home, "state.duckdb"), memoryLimit: "200MB", threads: 1 })
      )
    )
  )

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

  const seen = await withState(
    Effect.gen(function* () {
      const warehouse = yield* Warehouse
      yield* warehouse.execute(standing(runsTable, outcomeTable, releasedTable))
      // Runs 1 to 60 are old, 61 to 130 are not.
      yield* warehouse.execute(sql`INSERT INTO runs (run, kind, pipeline, started_at, outcome, report)
SELECT n, 'apply', 'roster', CASE WHEN n <= 60 THEN '2026-08-01T02:00:00Z' ELSE '2026-10-30T02:00:00Z' END, 'done', '{}' FROM range(1, 131) AS t(n)`)
      // Runs 20 to 29 are another pipeline's, which has a record of the same name.
      yield* warehouse.execute(sql`UPDATE runs SET pipeline = 'other' WHERE run BETWEEN 20 AND 29 OR run > 100`)
      // Record a was sent by runs 1, 2 and 6 and by a new one; b by run 3 alone, long ago; c came and went twice.
      yield* warehouse.execute(sql`INSERT INTO outcome (run, plan, seq, entity, key, action, outcome) VALUES
(1, 'p1', 1, 'user', 'a', 'create', 'done'), (2, 'p2', 1, 'user', 'a', 'update', 'failed'), (6, 'p6', 1, 'user', 'a', 'update', 'done'), (70, 'p70', 1, 'user', 'a', 'update', 'done'),
(3, 'p3', 1, 'user', 'b', 'create', 'done'), (20, 'p20', 1, 'user', 'b', 'update', 'done'), (21, 'p21', 1, 'user', 'a', 'update', 'done'),
(8, 'p8', 1, 'user', 'c', 'deactivate', 'done'), (9, 'p9', 1, 'user', 'c', 'restore', 'done'), (10, 'p10', 1, 'user', 'c', 'deactivate', 'done'), (11, 'p11', 1, 'user', 'c', 'restore', 'done')`)
      // Somebody had approved what run 6 sent.
      yield* warehouse.execute(sql`INSERT INTO released VALUES (1, 'p6', 6, 1)`)
      // Under another key since run 12; wanted as now since run 13.
      yield* warehouse.execute(sql`${standing(movedKeys)};
INSERT INTO moved_key VALUES (12, 'p12', 'user', 'd0', 'd');
CREATE TABLE snapshot_roster_user (key VARCHAR, valid_from INTEGER);
INSERT INTO snapshot_roster_user VALUES ('b', 13)`)
      yield* warehouse.execute(sql`CREATE TABLE ledger_roster_user (key VARCHAR, run INTEGER);
INSERT INTO ledger_roster_user VALUES ('c', 4);
CREATE TABLE history_roster_user (key VARCHAR, valid_from INTEGER, valid_to INTEGER);
INSERT INTO history_roster_user VALUES ('a', 1, 5), ('a', 5, 80);
CREATE TABLE fate_roster (source VARCHAR, valid_from INTEGER, valid_to INTEGER);
INSERT INTO fate_roster VALUES ('x', 30, 31), ('y', 15, NULL), ('z', 16, 80)`)
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
    })
  )
  expect(seen.gone).toEqual({ plans: 1, reads: 1, logs: 1, runs: 60 - 13, history: 4, quarantine: 1 })
  expect(seen.dry).toEqual(seen.gone)
  expect(seen.untouched).toEqual({ plans: 0, reads: 0, logs: 0, runs: 0, history: 0, quarantine: 0 })
  // What something names stays: a sending that is the last of its record, or by which that came or went last, or that was approved, a ledger (4), a move,
  // what is wanted or turned away, or was until lately.
  expect(seen.left).toEqual({
    runs: "1,3,4,5,6,10,11,12,13,15,16,20,21",
    outcomes: "1,3,6,10,11,20,21,70",
    history: 1,
    fates: "y,z"
  })
  expect(readdirSync(join(home, "plans")).sort()).toEqual(["roster-cut-off", "roster-long", "roster-newest"])
  expect(readdirSync(join(home, "reads"))).toEqual(["90"])
  expect(readdirSync(join(home, "logs"))).toEqual(["new.ndjson"])
})

it("takes away what a kill left of a plan or a read, and is killed amid it without leaving half of one to be taken for it", async () => {
  const [longAgo, lately] = [new Date("2026-08-01"), new Date("2026-10-30")]
  const leftover = (folder: string, one: string, at: Date): void => {
    mkdirSync(join(home, folder, one), { recursive: true })
    writeFileSync(join(home, folder, one, "rows"), "Ada Quill")
    utimesSync(join(home, folder, one), at, at)
  }
  for (const folder of ["plans", "reads"]) {
    leftover(folder, folder === "plans" ? "roster-2026-08-01-400" : "400", longAgo)
    leftover(folder, folder === "plans" ? "roster-2026-10-30-401" : "401", lately)
    leftover(folder, folder === "plans" ? "roster-2026-10-30-402.unfinished" : "402.unfinished", lately)
  }
  plan("roster-2026-08-01-403", "2026-08-01", "2026-08-02")
  const disk = await Effect.runPromise(Disk)
  const dying: FileSystem.FileSystem = {
    ...disk,
    remove: (path, options) =>
      path.includes("403") && existsSync(join(path, "plan.json"))
        ? Effect.zipRight(disk.remove(join(path, "plan.json")), Effect.die("killed"))
        : disk.remove(path, options)
  }
  writeFileSync(join(home, "plans", "roster-2026-08-01-403", "steps.ndjson"), "Ada Quill")
  const killed = await withState(Effect.exit(Effect.provideService(prune(keep, now, false), Disk, dying)))
  expect(killed._tag).toBe("Failure")
  expect(existsSync(join(home, "plans", "roster-2026-08-01-403"))).toBe(false)
  await withState(prune(keep, now, false))
  const left = (folder: string): ReadonlyArray<string> =>
    readdirSync(join(home, folder)).filter((one) => /40\d/.test(one))
  expect(left("plans")).toEqual(["roster-2026-10-30-401"])
  expect(left("reads")).toEqual(["401"])
})

it("names the folder that it may not take away", async () => {
  plan("roster-2026-08-01-500", "2026-08-01", "2026-08-02")
  const disk = await Effect.runPromise(Disk)
  const closed = new SystemError({
    module: "FileSystem",
    method: "rename",
    reason: "PermissionDenied",
    cause: { code: "EACCES" }
  })
  const refused = await withState(
    Effect.flip(Effect.provideService(prune(keep, now, false), Disk, { ...disk, rename: () => Effect.fail(closed) }))
  )
  expect(refused.message).toMatch(
    /^a file or folder is closed to this user: .* remove an old plan: .*roster-2026-08-01-500/
  )
})
