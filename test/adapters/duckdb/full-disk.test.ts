import { SystemError } from "@effect/platform/Error"
import * as Effect from "effect/Effect"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { openWarehouse } from "../../../src/adapters/duckdb/warehouse.ts"
import { holderNote } from "../../../src/core/holder-note.ts"
import { Disk } from "../../../src/core/ports/disk.ts"
import { inFolder } from "../../tools/definitions.ts"
import { oneThread } from "../../tools/one-thread.ts"
import { anyRow, plain } from "../../tools/plain-sql.ts"

/** A disk that takes no text, since it is full or refuses it otherwise. */
const taking = (code: string) =>
  Effect.map(Disk, (disk) => ({
    ...disk,
    writeFileString: () =>
      Effect.fail(new SystemError({ reason: "Unknown", module: "FileSystem", method: "writeFile", cause: { code } }))
  }))

const opened = (folder: string, code: string) =>
  Effect.flatMap(openWarehouse({ stateFile: join(folder, "state.duckdb"), ...oneThread }), (warehouse) =>
    Effect.map(warehouse.rows(plain("SELECT 1 AS one"), anyRow), (rows) => ({
      rows,
      isNoted: existsSync(holderNote(folder))
    }))
  ).pipe(
    Effect.scoped,
    Effect.either,
    (work) => Effect.flatMap(taking(code), (disk) => Effect.provideService(work, Disk, disk)),
    Effect.runPromise
  )

it("opens on a full disk, so that what frees space can begin, and on no other that takes no note", async () => {
  expect(await inFolder((folder) => opened(folder, "ENOSPC"))).toMatchObject({
    right: { rows: [{ one: 1 }], isNoted: false }
  })
  expect(await inFolder((folder) => opened(folder, "EROFS"))).toMatchObject({
    left: { _tag: "WarehouseError", reason: "Closed" }
  })
})
