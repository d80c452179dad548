import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { openWorkspace } from "../../src/cli/workspace.ts"
import { inFolder } from "../tools/definitions.ts"

it("says which .env cannot be read, and what it is to be", () =>
  inFolder(async (folder) => {
    mkdirSync(join(folder, ".env"))
    expect(() => openWorkspace({ workspace: folder, state: null })).toThrow(
      `${join(folder, ".env")} cannot be read: it must be a file that this account may read`
    )
  }))

it("takes what cannot be read for no file, so that the place that names it is told", () =>
  inFolder(async (folder) => {
    mkdirSync(join(folder, "keys"))
    writeFileSync(join(folder, "key"), "text")
    const { environment } = openWorkspace({ workspace: folder, state: null })
    expect(["keys", "none", "key"].map(environment.readFile)).toEqual([null, null, "text"])
  }))
