import * as Effect from "effect/Effect"
import { readFileSync, statSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { makePageFiles } from "../../../src/adapters/oneroster/page-files.ts"
import { type Page, readPage } from "../../../src/adapters/oneroster/page.ts"
import { KeptPages } from "../../../src/core/ports/keep-page.ts"
import { inFolder } from "../../tools/definitions.ts"

const pageOf = (ids: ReadonlyArray<string>): Page => {
  const page = readPage(Buffer.from(JSON.stringify({ users: ids.map((sourcedId) => ({ sourcedId })) })), ["users"])
  if (typeof page === "string") throw new Error(page)
  return page
}

it("joins small pages in one file, which its owner alone may read", () =>
  inFolder(async (folder) => {
    const pages = makePageFiles(folder, "users", "users")
    const [file] = await Effect.runPromise(
      pages.add(pageOf(["a"])).pipe(Effect.zipRight(pages.add(pageOf(["b", "c"]))), Effect.zipRight(pages.finish))
    )
    expect(file).toMatchObject({ layout: "lines", pages: 2, rows: 3 })
    expect(
      readFileSync(file?.path ?? "", "utf8")
        .trim()
        .split("\n")
    ).toEqual(['{"users":[{"sourcedId":"a"}]}', '{"users":[{"sourcedId":"b"},{"sourcedId":"c"}]}'])
    expect(statSync(file?.path ?? "").mode & 0o777).toBe(0o600)
    await Effect.runPromise(pages.discard)
    expect(() => statSync(file?.path ?? "")).toThrow("ENOENT")
  }))

it("says what the disk refuses of a page, and tells of it when the next page comes", () =>
  inFolder(async (folder) => {
    const absent = makePageFiles(join(folder, "none"), "users", "users")
    const refused =
      /^a page could not be kept on disk: \S+none\S+: .*ENOENT.*; it is not there, or the folder .* is not$/
    const ended = absent.add(pageOf(["a"])).pipe(Effect.zipRight(absent.finish), Effect.flip)
    expect(await Effect.runPromise(ended)).toMatch(refused)
    expect(await Effect.runPromise(Effect.flip(absent.add(pageOf(["b"]))))).toMatch(refused)

    const full = makePageFiles(folder, "users", "users")
    const onFull = full.add(pageOf(["a"])).pipe(Effect.zipRight(full.finish), Effect.flip)
    expect(
      await Effect.runPromise(Effect.provideService(onFull, KeptPages, () => Promise.resolve("the disk is full")))
    ).toBe("the disk is full")
  }))
