import { SystemError } from "@effect/platform/Error"
import * as Effect from "effect/Effect"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { Disk } from "../../src/core/ports/disk.ts"
import { noteInTrail, readAuditTrail } from "../../src/history/audit-trail.ts"
import { inFolder } from "../tools/definitions.ts"

/** A disk that takes a half of what is written, and then no more. */
const full = Effect.map(Disk, (disk) => ({
  ...disk,
  open: ((path, options) =>
    Effect.map(
      disk.open(path, options),
      (file) =>
        new Proxy(file, {
          get: (of, key) => {
            if (key !== "writeAll") return Reflect.get(of, key) as unknown
            const cause = { code: "ENOSPC" }
            return (bytes: Uint8Array) =>
              Effect.zipRight(
                of.writeAll(bytes.subarray(0, bytes.length / 2)),
                Effect.fail(new SystemError({ reason: "Unknown", module: "FileSystem", method: "write", cause }))
              )
          }
        })
    )) satisfies typeof disk.open
}))

it("loses no entry to one that a full disk took in part, and lets nothing be done without its own", () =>
  inFolder(async (folder) => {
    const file = join(folder, "audit.ndjson")
    const note = (who: string) => noteInTrail(file, who, "show", ["run 3"])
    const refused = await Effect.runPromise(
      Effect.zipRight(
        note("first"),
        Effect.flatMap(full, (disk) => Effect.either(Effect.provideService(note("torn"), Disk, disk)))
      )
    )
    expect(refused).toMatchObject({ left: { _tag: "StoreError", reason: "Full", path: file } })
    const entries = await Effect.runPromise(
      Effect.zipRight(Effect.zipRight(note("second"), note("third")), readAuditTrail(file))
    )
    expect(entries.map(({ who }) => who)).toEqual(["first", "second", "third"])
    // A line for each entry, and the torn one.
    expect(readFileSync(file, "utf8").trimEnd().split("\n")).toHaveLength(4)
  }))
