import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { readFileSync } from "node:fs"
import { dirname } from "node:path"
import { describe, expect, it } from "vitest"
import { type CollectionRequest, Source, SourceError } from "../../src/core/ports/source.ts"
import { inFolder } from "../tools/definitions.ts"

export interface SourceUnderTest {
  readonly source: () => Layer.Layer<Source, unknown>
  readonly connection: string
  /** A collection that holds records, with the parts to read where it is read part by part. */
  readonly request: Pick<CollectionRequest, "endpoint"> & Partial<CollectionRequest>
}

/** What whoever reads relies on, whichever source it is. */
export const sourceContract = (name: string, { connection, request, source }: SourceUnderTest): void => {
  const using = <A>(use: (source: Source["Type"], asked: CollectionRequest) => Effect.Effect<A, unknown>) =>
    inFolder((directory) => {
      const asked = { dataset: "read", filter: null, fields: [], directory, onProgress: () => undefined, ...request }
      return Effect.runPromise(Effect.flatMap(Source, (one) => use(one, asked)).pipe(Effect.provide(source())))
    })

  describe(`the source ${name}`, () => {
    it("gives pages as files in the folder it was given, and proves as many rows as they hold", () =>
      using((one, asked) =>
        Effect.gen(function* () {
          expect(one.connection).toBe(connection)
          const { key = "" } = one.contracts.get(asked.endpoint) ?? {}
          const { files, proof } = yield* one.read(asked)
          const rows = files.flatMap(({ pageKey, path, rows }) => {
            expect(dirname(path)).toBe(asked.directory)
            const held = readFileSync(path, "utf8")
              .split("\n")
              .filter((line) => line !== "")
              .flatMap((line) => (JSON.parse(line) as Record<string, ReadonlyArray<unknown>>)[pageKey] ?? [])
            expect(held).toHaveLength(rows)
            return held
          })
          expect(rows.length).toBeGreaterThan(0)
          expect(rows.every((row) => (row as Record<string, unknown>)[key] !== undefined)).toBe(true)
          expect(proof).toMatchObject({ dataset: "read", endpoint: asked.endpoint, rowsRead: rows.length })
          expect(proof.endRecognisedBy).not.toBe("unproven")
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
        })
      ))
  })
}
