import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Layer from "effect/Layer"
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import { beforeEach, describe, expect, it } from "vitest"
import { type CollectionRequest, Source, SourceError } from "../../src/core/ports/source.ts"
import { inFolder } from "../tools/definitions.ts"

/** What can befall a source, from then on. */
export type ReadTrouble = "reads are forbidden" | "nothing is answered" | "answers are half"

export interface SourceUnderTest {
  readonly source: () => Layer.Layer<Source, unknown>
  readonly connection: string
  /** A collection that holds records, with the parts to read where it is read part by part. */
  readonly request: () => Pick<CollectionRequest, "endpoint"> & Partial<CollectionRequest>
  /** A part that there is not, where it is read part by part. */
  readonly nowhere?: string
  /** Brings records into it. */
  readonly fill?: () => Promise<unknown>
  /** Brings trouble; left out by one that is in none. */
  readonly befalls?: (trouble: ReadTrouble) => Promise<unknown>
}

/** What whoever reads relies on, whichever source it is. */
export const sourceContract = (name: string, under: SourceUnderTest): void => {
  const { befalls, connection, fill, nowhere, request, source } = under
  const using = <A>(use: (source: Source["Type"], asked: CollectionRequest) => Effect.Effect<A, unknown>) =>
    inFolder((directory) => {
      const asked = { dataset: "read", filter: null, fields: [], directory, onProgress: () => undefined, ...request() }
      return Effect.runPromise(Effect.flatMap(Source, (one) => use(one, asked)).pipe(Effect.provide(source())))
    })
  /** Records as they lie in the files of a read. */
  const recordsIn = (files: ReadonlyArray<{ readonly path: string }>) =>
    files.flatMap(({ path }) =>
      readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Record<string, unknown>)
    )

  describe(`the source ${name}`, () => {
    beforeEach(async () => void (await fill?.()))

    it("gives pages as files in the folder it was given, and proves as many rows as they hold", () =>
      using((one, asked) =>
        Effect.gen(function* () {
          expect(one.connection).toBe(connection)
          const { key = "" } = one.contracts.get(asked.endpoint) ?? {}
          const told: Array<number> = []
          const before = one.requestsSent()
          const { files, proof, unread = [] } = yield* one.read({ ...asked, onProgress: (rows) => told.push(rows) })
          for (const { path, rows } of files) {
            expect(dirname(path)).toBe(asked.directory)
            expect(statSync(path).mode & 0o077).toBe(0)
            expect(recordsIn([{ path }])).toHaveLength(rows)
          }
          const rows = recordsIn(files)
          expect(rows.length).toBeGreaterThan(0)
          expect(rows.every((row) => row[key] !== undefined)).toBe(true)
          expect(proof).toMatchObject({
            dataset: "read",
            endpoint: asked.endpoint,
            mode: "full",
            rowsRead: rows.length
          })
          expect(proof.endRecognisedBy).not.toBe("unproven")
          expect(unread).toEqual([])
          // How far it is never goes back, and ends at what was read.
          expect(told.toSorted((a, b) => a - b)).toEqual(told)
          expect(told.at(-1) ?? rows.length).toBe(rows.length)
          expect(one.requestsSent()).toBeGreaterThan(before)
        })
      ))

    it("gives the same records when it is read once more, and says so where it tells at all", () =>
      using((one, asked) =>
        Effect.gen(function* () {
          const reads = []
          for (const name of ["first", "second"]) {
            const directory = join(asked.directory, name)
            mkdirSync(directory)
            const { files, sha256 } = yield* one.read({ ...asked, directory })
            reads.push({
              records: recordsIn(files)
                .map((row) => JSON.stringify(row))
                .toSorted(),
              sha256
            })
          }
          expect(reads[1]).toEqual(reads[0])
        })
      ))

    it("can be asked for what changed where a collection of it says so, and counts it", () =>
      using((one, asked) =>
        Effect.gen(function* () {
          const tells = [...one.contracts.values()].filter(({ tellsChanges }) => tellsChanges === true)
          expect(tells.every(({ modified, part }) => modified !== null && part === undefined)).toBe(true)
          expect(one.changes === undefined).toBe(tells.length === 0)
          if (one.changes === undefined) return
          const { proof } = yield* one.read(asked)
          expect(yield* one.changes.look(asked.endpoint, null)).toEqual({ rows: 1, total: proof.rowsRead })
          const later = "2999-01-01T00:00:00.000Z"
          expect(yield* one.changes.look(asked.endpoint, later)).toEqual({ rows: 0, total: 0 })
          const none = yield* one.read({ ...asked, since: later })
          expect(none.proof).toMatchObject({ mode: "delta", rowsRead: 0 })
          expect(Date.parse(none.proof.beganAt ?? later)).not.toBeNaN()
        })
      ))

    it("refuses a collection that it has not, by its own name and that of what was asked", () =>
      using((one, asked) =>
        Effect.gen(function* () {
          const error = yield* Effect.flip(one.read({ ...asked, endpoint: "/no-such-collection" }))
          expect(error).toBeInstanceOf(SourceError)
          expect(error).toMatchObject({ connection, request: "/no-such-collection" })
          expect(readdirSync(asked.directory)).toEqual([])
        })
      ))

    it.skipIf(nowhere === undefined)("names a part that is not to be had, and gives those that are", () =>
      using((one, asked) =>
        Effect.gen(function* () {
          const lacking = { id: nowhere ?? "", since: null }
          const { files, proof, unread } = yield* one.read({ ...asked, scopes: [...(asked.scopes ?? []), lacking] })
          expect(unread).toEqual([nowhere])
          expect(recordsIn(files).length).toBeGreaterThan(0)
          expect(proof.warnings).not.toEqual([])
        })
      )
    )

    it.skipIf(befalls === undefined || nowhere !== undefined)("that may not be read fails, and is not empty", () =>
      using((one, asked) =>
        Effect.gen(function* () {
          yield* Effect.promise(async () => befalls?.("reads are forbidden"))
          const error = yield* Effect.flip(one.read(asked))
          expect(error).toBeInstanceOf(SourceError)
          expect(error).toMatchObject({ connection })
          // By method and path: a query may hold what somebody searched for.
          expect(error.request).toContain(asked.endpoint)
          expect(error.request).not.toContain("?")
        })
      )
    )

    it.skipIf(befalls === undefined || nowhere !== undefined)("whose answers are half is not read, or not proven", () =>
      using((one, asked) =>
        Effect.gen(function* () {
          yield* Effect.promise(async () => befalls?.("answers are half"))
          const read = yield* Effect.either(one.read(asked))
          if (read._tag === "Right") expect(read.right.proof.endRecognisedBy).toBe("unproven")
          else expect(read.left).toBeInstanceOf(SourceError)
        })
      )
    )

    it.skipIf(befalls === undefined)("that does not answer lets go of whoever is interrupted", () =>
      using((one, asked) =>
        Effect.gen(function* () {
          yield* Effect.promise(async () => befalls?.("nothing is answered"))
          const waiting = yield* Effect.fork(one.read(asked))
          yield* Effect.sleep("150 millis")
          expect(existsSync(asked.directory)).toBe(true)
          const exit = yield* Effect.timeout(Fiber.interrupt(waiting), "5 seconds")
          expect(exit._tag).toBe("Failure")
        })
      )
    )
  })
}
