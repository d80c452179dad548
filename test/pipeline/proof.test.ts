import * as Effect from "effect/Effect"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import type { Diagnostic } from "../../src/core/diagnostics.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { boundOnce, keepProof, proofKey, type ProofStore, wasProven } from "../../src/pipeline/proof.ts"
import { openWorkspace } from "../../src/cli/workspace.ts"
import { emptyEnvironment, inFolder, load, offer, proving, smallPipeline } from "../tools/definitions.ts"

const entity = (expression: string) =>
  smallPipeline(`  entities:
    school: { from: orgs AS org, key: org.sourcedId, fields: { name: ${expression} } }`)

const today = Date.parse("2026-10-01T12:00:00Z")

const memory = (): ProofStore & { readonly kept: Map<string, string> } => {
  const kept = new Map<string, string>()
  return { kept, read: (name) => kept.get(name) ?? null, keep: (name, text) => void kept.set(name, text) }
}

it("knows a definition again, and none that differs in an expression, a column, or the build", async () => {
  const { definition } = await load(entity("org.name"))
  const key = proofKey(definition, today, "BUILD001") ?? ""
  const store = memory()
  expect(wasProven(store, "small", key)).toBe(false)
  keepProof(store, definition, key)
  expect(wasProven(store, "small", key)).toBe(true)

  const edited = (await load(entity("org.identifier"))).definition
  const fewer = new Map(
    [...definition.collections].map(([name, one]) => [name, { ...one, columns: one.columns.slice(1) }])
  )
  for (const other of [
    proofKey(edited, today, "BUILD001"),
    proofKey({ ...definition, collections: fewer }, today, "BUILD001"),
    proofKey(definition, today, "BUILD002")
  ]) {
    expect(wasProven(store, "small", other ?? "")).toBe(false)
  }
})

/** Copies of a value, each with one leaf of it another; entries of maps and of lists are gone into. */
const withOneLeafChanged = (value: unknown): ReadonlyArray<unknown> => {
  if (value instanceof Map) {
    const entries = [...(value as ReadonlyMap<unknown, unknown>)]
    const changed = entries.flatMap(([key, member], at) =>
      withOneLeafChanged(member).map((other) => new Map(entries.with(at, [key, other])))
    )
    return [...changed, new Map([...entries, ["one more", null]])]
  }
  if (Array.isArray(value))
    return [
      ...value.flatMap((member, at) => withOneLeafChanged(member).map((other) => value.with(at, other))),
      [...value, "one more"]
    ]
  if (typeof value === "object" && value !== null)
    return Object.entries(value).flatMap(([key, member]) =>
      withOneLeafChanged(member).map((other) => ({ ...value, [key]: other }))
    )
  if (typeof value === "function" || value === undefined) return []
  return [typeof value === "number" ? value + 1 : `${JSON.stringify(value)} otherwise`]
}

it("leaves no part of a definition, with what is offered to it, out of the key", async () => {
  const { definition } = await load(entity("org.name"))
  const small = { ...definition, collections: new Map([...definition.collections].slice(0, 2)) }
  const keys = withOneLeafChanged(small).map((one) => proofKey(one as Definition, today, "BUILD001"))
  expect(keys.length).toBeGreaterThan(400)
  expect(keys).not.toContain(proofKey(small, today, "BUILD001"))
})

it.each(["", "{", "[]", '{"key":7,"zones":[]}'])("proves anew where what was kept cannot be read: %s", async (text) => {
  const { definition } = await load(entity("org.name"))
  const store = memory()
  store.kept.set("small", text)
  expect(wasProven(store, "small", proofKey(definition, today, "BUILD001") ?? "")).toBe(false)
})

it("keeps no proof of a build that cannot be told from another", async () => {
  const { definition } = await load(entity("org.name"))
  expect(proofKey(definition, today, null)).toBeNull()
})

it("keeps nothing where there is no state, and refuses a mistake whatever was kept", () =>
  inFolder(async (folder) => {
    const { proofs } = openWorkspace({ workspace: folder, state: null })
    proofs.keep("small", "text")
    expect(proofs.read("small")).toBeNull()
    mkdirSync(join(folder, ".rollbook"))
    proofs.keep("small", "text")
    expect(proofs.read("small")).toBe("text")
    const path = join(folder, "small.yaml")
    writeFileSync(path, entity("org.nome"))
    const refused = await Effect.runPromise(
      Effect.flip(proving(path, "small.yaml", offer, { ...emptyEnvironment, proofs }))
    )
    expect(refused.diagnostics[0]?.message).toContain("nome")
  }))

it("binds once in a process what reads the same and has no mistake, and tells its doubts each time", async () => {
  const { definition } = await load(entity("org.name"))
  let bound = 0
  const bind = (
    severity: Diagnostic["severity"],
    lines: ReadonlyArray<string>,
    { file = "bound.yaml", now = today, of = definition } = {}
  ): Promise<ReadonlyArray<Diagnostic>> => {
    const found: ReadonlyArray<Diagnostic> = [
      { severity, file, line: 1, column: 1, length: 1, message: "doubtful", hint: "", text: lines[0] ?? "" }
    ]
    const binding = Effect.sync(() => {
      bound++
      return found
    })
    return Effect.runPromise(boundOnce({ file, lines }, of, now, binding))
  }
  const first = await bind("warning", ["a"])
  expect(await bind("warning", ["a"])).toEqual(first)
  expect(bound).toBe(1)
  // Another line, name, year or definition is another one; a mistake is never kept.
  expect((await bind("warning", ["b"]))[0]?.text).toBe("b")
  expect((await bind("warning", ["a"], { file: "other.yaml" }))[0]?.file).toBe("other.yaml")
  await bind("warning", ["a"], { now: Date.parse("2027-10-01T12:00:00Z") })
  await bind("warning", ["a"], { of: (await load(entity("org.identifier"))).definition })
  expect(bound).toBe(5)
  await bind("error", ["c"])
  await bind("error", ["c"])
  expect(bound).toBe(7)
})
