import { SystemError } from "@effect/platform/Error"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync
} from "node:fs"
import { tmpdir } from "node:os"
import { createServer } from "node:net"
import { dirname, join } from "node:path"
import { afterEach, beforeEach, expect, it } from "vitest"
import { openWarehouse } from "../../src/adapters/duckdb/warehouse.ts"
import { Disk } from "../../src/core/ports/disk.ts"
import { sql } from "../../src/core/sql.ts"
import { gather, pack } from "../../src/service/backup.ts"
import { notUnpacked, putInPlace, unpack } from "../../src/service/restore.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"

let folder = ""
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "rollbook-backup-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const placesIn = (name: string) => ({
  directory: join(folder, name),
  stateFile: join(folder, name, ".rollbook", "state.duckdb")
})

/** Rows of the two tables of a state, which are always written together. */
const rowsIn = (stateFile: string) =>
  Effect.scoped(
    Effect.gen(function* () {
      const warehouse = yield* openWarehouse({ stateFile, memoryLimit: "200MB", threads: 1 })
      const [counted] = yield* warehouse.rows(
        plain(sql`SELECT (SELECT count(*) FROM a)::INT AS a, (SELECT count(*) FROM b)::INT AS b`),
        anyRow
      )
      return counted
    })
  )

const about = { version: "0.0.0", made_at: "2026-10-01T02:00:00.000Z", last_run: 8 }

it("takes the state as it was at one moment, while it is written to, with the journal of that moment", async () => {
  const places = placesIn("district")
  const gathered = await Effect.runPromise(
    Effect.scoped(
      Effect.gen(function* () {
        const warehouse = yield* openWarehouse({ stateFile: places.stateFile, memoryLimit: "200MB", threads: 1 })
        yield* warehouse.execute(sql`CREATE TABLE a (n INTEGER); CREATE TABLE b (n INTEGER)`)
        mkdirSync(join(folder, "district", ".rollbook", "journal"))
        writeFileSync(join(folder, "district", ".rollbook", "journal", "roster-1.journal"), '{"i":[1]}\n')
        // A run that writes in bursts, as phases are folded, and asks servers between them.
        const burst = Effect.forEach(Array.from({ length: 20 }), () =>
          warehouse.transaction([sql`INSERT INTO a VALUES (1)`, sql`INSERT INTO b VALUES (1)`])
        )
        const run = yield* Effect.fork(Effect.forever(Effect.zipRight(burst, Effect.sleep("300 millis"))))
        yield* Effect.sleep("100 millis")
        const copy = yield* gather(places, 30)
        yield* Fiber.interrupt(run)
        return copy
      })
    )
  )
  const counted = await Effect.runPromise(rowsIn(join(gathered, "state.duckdb")))
  expect(counted?.["a"]).toBeGreaterThan(0)
  expect(counted?.["a"]).toBe(counted?.["b"])
  expect(readFileSync(join(gathered, "journal", "roster-1.journal"), "utf8")).toBe('{"i":[1]}\n')
})

const lived = (name: string) => {
  const places = placesIn(name)
  const home = join(folder, name, ".rollbook")
  for (const one of ["plans/p1", "reads/1", "reads/5", "journal", "service"])
    mkdirSync(join(home, one), { recursive: true })
  mkdirSync(join(folder, name, "pipelines"))
  writeFileSync(places.stateFile, `state of ${name}`)
  writeFileSync(join(home, "plans", "p1", "plan.json"), "{}")
  writeFileSync(join(home, "reads", "1", "users.parquet"), "rows")
  linkSync(join(home, "reads", "1", "users.parquet"), join(home, "reads", "5", "users.parquet"))
  writeFileSync(join(home, "service", "tokens.json"), `["${name}"]`)
  writeFileSync(join(home, "service", "heartbeat.json"), "{}")
  writeFileSync(join(home, "audit.ndjson"), "shown\n")
  writeFileSync(join(folder, name, "pipelines", "roster.yaml"), `pipeline: ${name}\n`)
  writeFileSync(join(folder, name, ".env"), "SECRET=x\n")
  return places
}

/** A disk that is full as far as one operation goes. */
const fullFor = (operation: "copyFile" | "rename" | "writeFileString") =>
  Effect.map(Disk, (disk) => ({
    ...disk,
    [operation]: () =>
      Effect.fail(
        new SystemError({ reason: "Unknown", module: "FileSystem", method: operation, cause: { code: "ENOSPC" } })
      )
  }))

it.each(["copyFile", "writeFileString", "rename"] as const)(
  "leaves nothing where the disk is full: %s",
  async (operation) => {
    const places = lived("district")
    const home = dirname(places.stateFile)
    const [before, beside] = [readdirSync(home), readdirSync(folder)]
    const file = join(folder, "backup.tar.gz")
    const ended = await Effect.flatMap(fullFor(operation), (disk) =>
      Effect.flatMap(gather(places, 30), (gathered) => pack(gathered, file, about)).pipe(
        Effect.either,
        Effect.provideService(Disk, disk)
      )
    ).pipe(Effect.runPromise)
    expect(ended).toMatchObject({ left: { _tag: "StoreError", reason: "Full" } })
    expect(readdirSync(home)).toEqual(before)
    expect(readdirSync(folder)).toEqual(beside)
  }
)

const backUp = async (places: ReturnType<typeof placesIn>): Promise<string> => {
  const file = join(folder, "backup.tar.gz")
  await Effect.runPromise(Effect.flatMap(gather(places, 5), (copy) => pack(copy, file, about)))
  return file
}

const restoring = (file: string, places: ReturnType<typeof placesIn>, now = "2026-10-02T02:00:00.000Z") =>
  Effect.flatMap(unpack(file, join(places.directory, ".rollbook")), ({ folder: unpacked, manifest }) =>
    putInPlace(unpacked, manifest, places, now)
  )
const restoreTo = (...given: Parameters<typeof restoring>) => Effect.runPromise(Effect.either(restoring(...given)))

it("comes back elsewhere as it was, without secrets, and leaves nothing beside", async () => {
  const places = lived("district")
  // A service that runs has a socket; who was signed in, or may follow a link, is let in by no backup, and what somebody asked
  // for is not sent by one.
  const own = join(folder, "district", ".rollbook", "service")
  const server = createServer().listen(join(own, "commands.sock"))
  for (const name of ["sessions", "links"]) mkdirSync(join(own, name))
  writeFileSync(join(own, "sessions", "a.json"), "{}")
  writeFileSync(join(own, "asked.json"), "[]")
  const file = await backUp(places)
  server.close()
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(readdirSync(join(folder, "district", ".rollbook")).filter((name) => name.startsWith("backup-"))).toEqual([])
  const elsewhere = placesIn("elsewhere")
  const restored = await restoreTo(file, elsewhere)
  expect(restored).toMatchObject({ right: { before: null, kept: [], manifest: { last_run: 8, under_way: [] } } })
  const home = join(folder, "elsewhere", ".rollbook")
  expect(readFileSync(elsewhere.stateFile, "utf8")).toBe("state of district")
  expect(readFileSync(join(home, "reads", "5", "users.parquet"), "utf8")).toBe("rows")
  expect(readFileSync(join(home, "audit.ndjson"), "utf8")).toBe("shown\n")
  expect(readFileSync(join(folder, "elsewhere", "pipelines", "roster.yaml"), "utf8")).toBe("pipeline: district\n")
  expect(readdirSync(join(folder, "elsewhere")).sort()).toEqual([".rollbook", "pipelines"])
  expect(readdirSync(home).sort()).toEqual(["audit.ndjson", "journal", "plans", "reads", "service", "state.duckdb"])
  expect(readdirSync(join(home, "service"))).toEqual(["tokens.json"])
})

it("moves aside what stands there, and keeps its tokens and definitions", async () => {
  const file = await backUp(lived("district"))
  const places = lived("other")
  const restored = await restoreTo(file, places)
  const home = join(folder, "other", ".rollbook")
  const aside = join(home, "before-restore-2026-10-02T02-00-00-000Z")
  expect(restored).toMatchObject({ right: { before: aside, kept: [join("pipelines", "roster.yaml")] } })
  expect(readFileSync(places.stateFile, "utf8")).toBe("state of district")
  expect(readFileSync(join(aside, "state.duckdb"), "utf8")).toBe("state of other")
  // A token that was revoked since the backup does not come back.
  expect(readFileSync(join(home, "service", "tokens.json"), "utf8")).toBe('["other"]')
  expect(readFileSync(join(folder, "other", "pipelines", "roster.yaml"), "utf8")).toBe("pipeline: other\n")
})

it.each<[string, (file: string) => void]>([
  ["is cut off", (file) => writeFileSync(file, readFileSync(file).subarray(0, 200))],
  ["is something else", (file) => writeFileSync(file, "PK")],
  ["is not there", (file) => rmSync(file)]
])("a file that %s is refused, and nothing is changed", async (_, spoil) => {
  const file = await backUp(lived("district"))
  chmodSync(file, 0o600)
  spoil(file)
  const places = lived("other")
  const restored = await restoreTo(file, places)
  expect(restored._tag === "Left" ? restored.left.message : "").toMatch(/is no backup that can be restored/)
  expect(readFileSync(places.stateFile, "utf8")).toBe("state of other")
  expect(readdirSync(join(folder, "other", ".rollbook")).filter((name) => name.startsWith("restore-"))).toEqual([])
})

it("takes no backup for a bad one where it is the disk that is full", () => {
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" })
  expect(notUnpacked("/b.tar.gz", "/w/.rollbook/restore-1", full).message).toMatch(
    /^the disk is full: .*unpack \/b\.tar\.gz: \/w\/\.rollbook\/restore-1: ENOSPC/
  )
  const torn = Object.assign(new Error("TAR_BAD_ARCHIVE"), { code: "TAR_BAD_ARCHIVE" })
  expect(notUnpacked("/b.tar.gz", "/w", torn).message).toContain("it cannot be unpacked")
})

/** A disk on which nothing is moved any more after so many times: whoever did so was killed by then. */
const killedAfter = (moves: number) =>
  Effect.map(Disk, (disk) => {
    let moved = 0
    const rename: typeof disk.rename = (from, to) => {
      const isNote = to.endsWith("restoring.json")
      if (!isNote && moved === moves) return Effect.dieMessage("killed")
      return Effect.tap(disk.rename(from, to), () => Effect.sync(() => (moved += isNote ? 0 : 1)))
    }
    return { ...disk, rename }
  })

it("is gone on from where it was cut off, before whichever move, and nobody takes half of it for a state", async () => {
  const file = await backUp(lived("district"))
  const [whole, again] = ["2026-10-02T02:00:00.000Z", "2026-10-02T03:00:00.000Z"]
  let killedAt = 0
  for (let isKilled = true; isKilled; killedAt++) {
    const places = lived(`other${killedAt}`)
    const home = dirname(places.stateFile)
    const stood = readdirSync(home).sort()
    const first = await Effect.flatMap(killedAfter(killedAt), (disk) =>
      Effect.provideService(restoring(file, places, whole), Disk, disk)
    ).pipe(Effect.exit, Effect.runPromise)
    isKilled = first._tag === "Failure"
    if (isKilled) {
      const opened = await Effect.runPromise(Effect.either(rowsIn(places.stateFile)))
      expect(opened).toMatchObject({
        left: { message: expect.stringMatching(/`rollbook restore FILE` goes on with it/) }
      })
      expect(await Effect.runPromise(Effect.either(gather(places, 5)))).toMatchObject({
        left: { message: expect.stringMatching(/No backup was made/) }
      })
      expect((await restoreTo(file, places, again))._tag).toBe("Right")
    }
    const aside = join(home, "before-restore-2026-10-02T02-00-00-000Z")
    expect(readFileSync(places.stateFile, "utf8")).toBe("state of district")
    expect(readFileSync(join(home, "service", "tokens.json"), "utf8")).toBe(`["other${killedAt}"]`)
    expect(readFileSync(join(aside, "state.duckdb"), "utf8")).toBe(`state of other${killedAt}`)
    expect(readdirSync(aside).sort()).toEqual(stood)
    expect(
      readdirSync(home)
        .filter((name) => !name.startsWith("before-restore-"))
        .sort()
    ).toEqual(stood)
  }
  // Six things are moved aside, and six put in their place.
  expect(killedAt).toBeGreaterThan(12)
})
