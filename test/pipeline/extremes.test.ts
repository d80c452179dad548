import { writeFileSync } from "node:fs"
import { join } from "node:path"
import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { loadDefinition } from "../../src/pipeline/load-definition.ts"
import { complaints, emptyEnvironment, inFolder, offer, smallPipeline } from "../tools/definitions.ts"

/** Text put where a pipeline's rules begin; sizes at which the parser itself is still at ease. */
const extremes: ReadonlyArray<readonly [name: string, text: string, said: string]> = [
  ["more depth than anybody writes", `  rules: { a: ${"[".repeat(80)}${"]".repeat(80)} }\n`, "more than 64 deep"],
  ["more depth by lists on one line", `  rules:\n    a:\n      ${"- ".repeat(80)}x\n`, "more than 64 deep"],
  [
    "more depth by indentation",
    `  rules:\n${Array.from({ length: 80 }, (_, depth) => `${" ".repeat(depth + 4)}a:\n`).join("")}`,
    "more than 64 deep"
  ],
  ["more aliases than anybody writes", `  rules: { a: &a x, b: [${"*a,".repeat(2_100)}] }\n`, "more than 2000 aliases"],
  ["more keys than anybody writes", `  rules: { a: [${"1,".repeat(200_100)}] }\n`, "more than 200000 keys"],
  ["more text than anybody writes", `  rules: { a: "${"x".repeat(4_000_100)}" }\n`, "4000000 are the most"],
  ["a line without end", `  rules: { a: "org.nam || '${"x".repeat(100_000)}'" }\n`, "10000 characters at most"]
]

it.each(extremes)("answers %s at once, in a line", async (_, text, message) => {
  const said = await complaints(
    smallPipeline(
      `${text}  entities: { one: { from: users AS user, key: user.sourcedId, fields: { name: { rule: a } } } }`
    )
  )
  expect("diagnostics" in said ? said.message : "").toContain(message)
  expect("diagnostics" in said ? said.diagnostics : []).toHaveLength(1)
  expect(Math.max(...("message" in said ? said.message.split("\n") : [""]).map((line) => line.length))).toBeLessThan(
    500
  )
})

it.each([
  ["UTF-16", Buffer.from(`\uFEFF${smallPipeline("  entities: {}")}`, "utf16le")],
  ["ANSI", Buffer.from(smallPipeline("  entities: {} # Zoë"), "latin1")]
])("says of a file in %s what to do", async (_, bytes) => {
  const said = await inFolder((folder) => {
    writeFileSync(join(folder, "pipeline.yaml"), bytes)
    return Effect.runPromise(
      Effect.merge(loadDefinition(join(folder, "pipeline.yaml"), "pipeline.yaml", offer, emptyEnvironment))
    )
  })
  expect("diagnostics" in said ? said.diagnostics : []).toMatchObject([
    { message: "this is not UTF-8 text", hint: "save it as UTF-8: Windows editors offer UTF-16 and ANSI beside it" }
  ])
})

it("takes a byte order mark of UTF-8", async () => {
  expect(await complaints(`\uFEFF${smallPipeline("  entities: {}")}`)).toHaveProperty("definition")
})
