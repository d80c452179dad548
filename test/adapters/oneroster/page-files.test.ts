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

it("joins small pages in one file, which its owner alone may read, and plain records apart from others", () =>
  inFolder(async (folder) => {
    const pages = makePageFiles(folder, "users")
    const files = await Effect.runPromise(
      pages.add(pageOf(["a"])).pipe(Effect.zipRight(pages.add(pageOf(["b", "é", "c"]))), Effect.zipRight(pages.finish))
    )
    const held = files.map(({ isPlain, path, rows }) => [isPlain, rows, readFileSync(path, "utf8")])
    expect(held).toEqual([
      [true, 3, '{"sourcedId":"a"}\n{"sourcedId":"b"}\n{"sourcedId":"c"}\n'],
      [false, 1, '{"sourcedId":"é"}\n']
    ])
    for (const { path } of files) expect(statSync(path).mode & 0o777).toBe(0o600)
    await Effect.runPromise(pages.discard)
    for (const { path } of files) expect(() => statSync(path)).toThrow("ENOENT")
  }))

it("says what the disk refuses of a page, and tells of it when the next page comes", () =>
  inFolder(async (folder) => {
    const absent = makePageFiles(join(folder, "none"), "users")
    const refused =
      /^a page could not be kept on disk: \S+none\S+: .*ENOENT.*; it is not there, or the folder .* is not$/
    const ended = absent.add(pageOf(["a"])).pipe(Effect.zipRight(absent.finish), Effect.flip)
    expect(await Effect.runPromise(ended)).toMatch(refused)
    expect(await Effect.runPromise(Effect.flip(absent.add(pageOf(["b"]))))).toMatch(refused)

    const full = makePageFiles(folder, "users")
    const onFull = full.add(pageOf(["a"])).pipe(Effect.zipRight(full.finish), Effect.flip)
    expect(
      await Effect.runPromise(Effect.provideService(onFull, KeptPages, () => Promise.resolve("the disk is full")))
    ).toBe("the disk is full")
  }))

it("fills file after file, loses no record of pages small and large, and writes none twice", () =>
  inFolder(async (folder) => {
    const pages = makePageFiles(folder, "users")
    const sizes = [10, 400_000, 900_000, 2_500_000, 300_000, 700_000, 1_200_000, 50, 2_097_140]
    const ids = sizes.map((size, index) => String(index % 2 === 0 ? index : `${index}é`).padEnd(size, "x"))
    const files = await Effect.runPromise(
      Effect.forEach(ids, (id) => pages.add(pageOf([id, `${id}y`]))).pipe(Effect.zipRight(pages.finish))
    )
    const found = files.flatMap(({ path, rows }) => {
      const lines = readFileSync(path, "utf8").trimEnd().split("\n")
      expect(lines).toHaveLength(rows)
      return lines.map((line) => (JSON.parse(line) as { readonly sourcedId: string }).sourcedId)
    })
    expect(found.toSorted()).toEqual(ids.flatMap((id) => [id, `${id}y`]).toSorted())
    expect(files.length).toBeGreaterThan(6)
  }))
