import * as Effect from "effect/Effect"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { readNote, writeNote } from "../../src/service/note-file.ts"
import { inFolder } from "../tools/definitions.ts"

it("of notes that are kept at once the last stands, whole, and none fails", () =>
  inFolder(async (home) => {
    const path = join(home, "asked.json")
    // The later ones are shorter, so that what is left of an earlier one would show.
    const notes = Array.from({ length: 20 }, (_, index) => ["x".repeat(10_000 - 400 * index)])
    await Effect.runPromise(
      Effect.forEach(notes, (note) => writeNote("a note", path, note), { concurrency: "unbounded", discard: true })
    )
    expect(await Effect.runPromise(readNote("a note", path))).toEqual(notes.at(-1))
    expect(readdirSync(home)).toEqual(["asked.json"])
  }))
