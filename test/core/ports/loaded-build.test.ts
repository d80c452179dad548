import * as Effect from "effect/Effect"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { loadedBuild, stampOfSourcesIn } from "../../../src/core/ports/loaded-build.ts"
import { inFolder } from "../../tools/definitions.ts"

it("knows a bundle by its name, and sources by what they are: edited ones are another build", async () => {
  expect(await Effect.runPromise(loadedBuild("file:///dist/make-plan-ABCD1234.js"))).toBe("ABCD1234")
  const ours = await Effect.runPromise(loadedBuild(import.meta.url))
  expect(ours).toMatch(/^sources [0-9a-f]{64}$/)
  await inFolder(async (folder) => {
    mkdirSync(join(folder, "core"))
    writeFileSync(join(folder, "core", "one.ts"), "1")
    const before = await Effect.runPromise(stampOfSourcesIn(folder))
    expect(await Effect.runPromise(stampOfSourcesIn(folder))).toBe(before)
    writeFileSync(join(folder, "core", "one.ts"), "22")
    expect(await Effect.runPromise(stampOfSourcesIn(folder))).not.toBe(before)
    expect(await Effect.runPromise(stampOfSourcesIn(join(folder, "none")))).toBeNull()
  })
})
