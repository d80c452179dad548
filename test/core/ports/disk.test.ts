import { SystemError } from "@effect/platform/Error"
import * as FileSystem from "@effect/platform/FileSystem"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { expect, it } from "vitest"
import { messageOf } from "../../../src/cli/exit.ts"
import { wholePlan } from "../../../src/core/plan-part.ts"
import { Disk, eachLineOfFile, isOnDisk, onDisk, stampOfFile, textOnDisk } from "../../../src/core/ports/disk.ts"
import { readSchedules } from "../../../src/pipeline/schedule.ts"
import { exchangeRefreshToken } from "../../../src/adapters/brightspace/token-file.ts"
import { makeJournal } from "../../../src/adapters/journal/journal.ts"
import { gather, pack } from "../../../src/service/backup.ts"
import { beat, readHeartbeat } from "../../../src/service/heartbeat.ts"
import { readNote, writeNote } from "../../../src/service/note-file.ts"
import { unpack } from "../../../src/service/restore.ts"
import { remainsIn } from "../../../src/state/remains.ts"
import type { PlanFile } from "../../../src/plan/plan.ts"
import { Warehouse } from "../../../src/core/ports/warehouse.ts"
import { bringHome, rememberPart } from "../../../src/run/apply.ts"
import { readAuditTrail } from "../../../src/history/audit-trail.ts"
import { fetchPages } from "../../../src/extract/fetch-pages.ts"
import { keptReads } from "../../../src/extract/kept-reads.ts"
import { readPlanSteps } from "../../../src/history/plan-steps.ts"
import { memorySource } from "../../memory/source.ts"
import { definitionOf, inFolder, withWarehouse } from "../../tools/definitions.ts"

/** What the disk refuses is a failure that names the path and what to do, and is never taken for nothing. */

const failure = <A, E, R>(work: Effect.Effect<A, E, R>): Effect.Effect<string, A, R> =>
  Effect.map(Effect.flip(work), messageOf)

it.each([
  ["ENOSPC", /^the disk is full: free space there.*write the plan: \/p\/plan\.json: ENOSPC/],
  ["EFBIG", /^the disk is full: free space there.*write the plan: \/p\/plan\.json: EFBIG/],
  ["EACCES", /^a file or folder is closed to this user: let the user.*write the plan: \/p\/plan\.json: EACCES/],
  ["EROFS", /^a file or folder is closed to this user.*\/p\/plan\.json/],
  ["EISDIR", /\/p\/plan\.json: EISDIR.*a folder lies where a file should: move it away/],
  ["ENOENT", /\/p\/plan\.json: ENOENT.*it is not there/]
])("%s is told with the path and what to do", async (code, said) => {
  const error = Object.assign(new Error(`${code}: as the system says it, write`), { code, syscall: "write" })
  const work = onDisk("write the plan", "/p/plan.json", () => Effect.fail(error))
  expect(await Effect.runPromise(failure(work))).toMatch(said)
})

it("what is none of the system's is told without what it quotes", async () => {
  const work = onDisk("read the part", "/p/part.json", () => Effect.try(() => JSON.parse("Kim Vale") as unknown))
  const said = await Effect.runPromise(failure(work))
  expect(said).toContain("/p/part.json: it is not what was expected there (SyntaxError)")
  expect(said).not.toContain("Kim")
})

it("what cannot be read is not taken for what is not there: a part, a plan at home, the audit trail", () =>
  inFolder(async (folder) => {
    const [home, given] = [join(folder, "home"), join(folder, "given")]
    mkdirSync(join(home, "part.json"), { recursive: true })
    mkdirSync(join(home, "plan.json"))
    mkdirSync(given)
    writeFileSync(join(given, "plan.json"), "{}")
    // A narrowed apply that was taken up as a whole one would write what nobody asked for.
    expect(await Effect.runPromise(failure(rememberPart(home, wholePlan, true)))).toContain(join(home, "part.json"))
    expect(await Effect.runPromise(failure(bringHome(given, home, "p")))).toContain(join(home, "plan.json"))
    expect(await Effect.runPromise(failure(readAuditTrail(home)))).toContain(home)
    // And what is not there is not an error.
    expect(await Effect.runPromise(rememberPart(given, wholePlan, true))).toEqual(wholePlan)
    expect(await Effect.runPromise(readAuditTrail(join(folder, "none")))).toEqual([])
    await Effect.runPromise(bringHome(given, join(folder, "new"), "p"))
    expect(await readFile(join(folder, "new", "plan.json"), "utf8")).toBe("{}")
  }))

it("a file in the place of a folder, and steps that are gone, are failures of the run and no defects", () =>
  withWarehouse(
    Effect.gen(function* () {
      const { pages, plans, reads } = (yield* Warehouse).folders
      for (const folder of [pages, reads]) {
        rmSync(folder, { recursive: true, force: true })
        writeFileSync(folder, "")
      }
      expect(yield* failure(keptReads("roster"))).toMatch(/a file lies where a folder should: move it away/)
      const definition = yield* Effect.promise(() => definitionOf("  entities: {}"))
      const [dataset] = definition.datasets
      if (dataset === undefined) throw new Error("the small pipeline reads something")
      const parts = { scopes: null, wasReadBefore: false, minutes: null } as never
      const fetched = fetchPages(dataset, parts, () => undefined).pipe(Effect.provide(memorySource({}, {})))
      expect(yield* failure(fetched)).toContain(join(pages, dataset.name))
      const plan = { steps: { file: "steps.ndjson" } } as PlanFile
      const choice = { actions: [], school: null, section: null, entity: null, limit: 1 }
      expect(yield* failure(readPlanSteps(plan, plans, choice))).toContain(join(plans, "steps.ndjson"))
    })
  ))

const broken = (code: string) =>
  new SystemError({
    module: "FileSystem",
    method: "any",
    reason: "Unknown",
    description: `${code}: as the system says it`,
    cause: Object.assign(new Error(code), { code })
  })

/** A disk of which nothing can be had. */
const nothing = FileSystem.makeNoop(
  Object.fromEntries(
    ["access", "chmod", "copy", "copyFile", "exists", "link", "makeDirectory", "makeTempDirectory", "open"]
      .concat([
        "readDirectory",
        "readFile",
        "readFileString",
        "remove",
        "rename",
        "stat",
        "writeFile",
        "writeFileString"
      ])
      .map((name) => [name, () => Effect.fail(broken("EIO"))])
  )
)

const journal = makeJournal("/w/journal")
const places = { directory: "/w", stateFile: "/w/state.duckdb" }
const told = { pid: 1, as: "serve", since: "", beat: "", address: null, pipelines: [], commands: null } as const

const onNothing: Readonly<Record<string, Effect.Effect<unknown, unknown>>> = {
  "a backup": gather(places, 1),
  "its file": pack("/w/backup", "/w/b.tar.gz", { version: "1", made_at: "", last_run: null }),
  "a restore": unpack("/w/b.tar.gz", "/w"),
  "a note": writeNote("a note", "/w/n.json", {}),
  "a note that is read": readNote("a note", "/w/n.json"),
  "a heartbeat": beat("/w", told),
  "the remains": remainsIn("/w"),
  "the schedules": readSchedules("/w/pipelines", { variable: () => undefined, readFile: () => null }),
  "a part": rememberPart("/w/plans/p", wholePlan, true),
  "a plan": bringHome("/given", "/w/plans/p", "p"),
  "the trail": readAuditTrail("/w/audit.ndjson"),
  "a text": textOnDisk("read it", "/w/t"),
  "whether it is there": isOnDisk("/w/t"),
  "whether it has changed": stampOfFile("/w/t"),
  "the journals": journal.unfinished,
  "a journal": Effect.scoped(journal.open("p")),
  "the end of a journal": journal.close("p"),
  "a token": exchangeRefreshToken("b", "/w/token", () => Effect.die("nothing is asked for"))
}

it.each(Object.entries(onNothing))(
  "a disk of which nothing can be had fails, and is no defect: %s",
  async (_, work) => {
    const exit = await Effect.runPromiseExit(Effect.provideService(work, Disk, nothing))
    expect(Exit.isFailure(exit) && Cause.isFailType(exit.cause) && messageOf(exit.cause.error)).toMatch(/EIO/)
  }
)

it("what one can do without is taken for not there", async () => {
  const work = Effect.provideService(readHeartbeat("/w", 0), Disk, nothing)
  expect(await Effect.runPromise(work)).toBeNull()
})

it("lines end by a line feed alone, wherever the pieces of a file are cut", async () => {
  const text = `{"a":"R\u00e9n\u00e9e\u2028"}\n\n{"b":1}\n{"c":"${"x".repeat(40)}"}`
  const bytes = new TextEncoder().encode(text)
  for (const size of [1, 2, 7, 1000]) {
    let at = 0
    const file = {
      seek: () => Effect.void,
      read: (room: Uint8Array) =>
        Effect.sync(() => {
          const piece = bytes.subarray(at, (at += Math.min(size, room.length)))
          room.set(piece)
          return FileSystem.Size(piece.length)
        })
    }
    const disk = FileSystem.makeNoop({ open: () => Effect.succeed(file as unknown as FileSystem.File) })
    const lines: Array<readonly [string, number]> = []
    await Effect.runPromise(eachLineOfFile(disk, "/f", (line, begins) => void lines.push([line, begins])))
    expect(lines.map(([line]) => line)).toEqual(text.split("\n").filter((line) => line !== ""))
    for (const [line, begins] of lines) {
      const length = Buffer.byteLength(line)
      expect(new TextDecoder().decode(bytes.subarray(begins, begins + length))).toBe(line)
    }
  }
})

it("a note whose writing breaks off leaves the previous one", () =>
  inFolder(async (folder) => {
    const path = join(folder, "note.json")
    await Effect.runPromise(writeNote("a note", path, { now: "previous" }))
    const full = Effect.map(Disk, (disk) => ({
      ...disk,
      open: (...given: Parameters<FileSystem.FileSystem["open"]>) =>
        Effect.map(disk.open(...given), (file) =>
          Object.assign(Object.create(file) as FileSystem.File, { writeAll: () => Effect.fail(broken("ENOSPC")) })
        )
    }))
    const work = Effect.flatMap(full, (disk) =>
      Effect.provideService(failure(writeNote("a note", path, { now: "new" })), Disk, disk)
    )
    expect(await Effect.runPromise(work)).toMatch(/^the disk is full: free space there.*keep a note: .*note\.json/)
    expect(await Effect.runPromise(readNote("a note", path))).toEqual({ now: "previous" })
  }))
