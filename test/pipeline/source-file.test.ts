import { expect, it } from "vitest"
import { readSourceFile } from "../../src/pipeline/source-file.ts"

it("tells a text that lies in two files by the name of each, as soon as it was read by the other one", () => {
  const text = "pipeline: small # of two files\n"
  const [one, other] = ["one.yaml", "other.yaml"].map((file) => readSourceFile(file, text))
  expect(other?.value).toBe(one?.value)
  expect([one, other].map((source) => source?.diagnostic(["pipeline"], "wrong").file)).toEqual([
    "one.yaml",
    "other.yaml"
  ])
  expect([one, other].map((source) => source?.at(["pipeline"]).file)).toEqual(["one.yaml", "other.yaml"])
})

it("tells what cannot be read by the name of each", () => {
  const said = ["one.yaml", "other.yaml"].map((file) => readSourceFile(file, "a: [b\n").problems.map((one) => one.file))
  expect(said).toEqual([["one.yaml"], ["other.yaml"]])
})
