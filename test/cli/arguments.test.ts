import { readdirSync, readFileSync } from "node:fs"
import { expect, it } from "vitest"
import { knownOptions, misspeltOption, optionsFirst } from "../../src/cli/arguments.ts"

it("moves options in front of arguments, each with its value", () => {
  expect(optionsFirst(["plan", "roster", "--as-of", "2026-10-01", "--json", "--only=school=1"])).toEqual([
    "plan",
    "--as-of",
    "2026-10-01",
    "--json",
    "--only=school=1",
    "roster"
  ])
  expect(optionsFirst(["--json", "--workspace", "here", "history", "roster"])).toEqual([
    "history",
    "--json",
    "--workspace",
    "here",
    "roster"
  ])
})

it("leaves what comes after -- where it is", () => {
  expect(optionsFirst(["validate", "--json", "--", "--odd.yaml"])).toEqual(["validate", "--json", "--", "--odd.yaml"])
})

it("names the nearest option for one that there is not", () => {
  expect(misspeltOption(["plan", "roster", "--jsn"])?.message).toBe("there is no option --jsn: did you mean --json?")
  expect(misspeltOption(["plan", "--onli=school=1"])?.message).toContain("--only")
  expect(misspeltOption(["plan", "roster", "--only", "school=1", "--", "--jsn"])).toBeNull()
})

it("bounds every number that a command takes", () => {
  const folder = new URL("../../src/cli/", import.meta.url)
  const files = [...readdirSync(new URL("commands/", folder)).map((name) => `commands/${name}`), "options.ts"]
  const numbers = files.flatMap((file) => [
    ...readFileSync(new URL(file, folder), "utf8").matchAll(
      /Options\.integer\("([^"]+)"\)(\.pipe\(\s*inRange\("--\1", [01]\b)?/g
    )
  ])
  expect(numbers.map(([, name]) => name)).toContain("limit")
  // An option that may come more than once takes no bound; a step that is not held is refused by its number.
  expect(numbers.flatMap(([, name, bound]) => (bound === undefined ? [name] : []))).toEqual(["step"])
})

it("knows every option that a command declares, and which of them take a value", () => {
  const folder = new URL("../../src/cli/", import.meta.url)
  const files = [...readdirSync(new URL("commands/", folder)).map((name) => `commands/${name}`), "options.ts"]
  const declared = files.flatMap((file) =>
    [
      ...readFileSync(new URL(file, folder), "utf8").matchAll(/Options\.(text|boolean|choice|integer)\(\s*"([^"]+)"/g)
    ].map(([, kind, name]) => ({ option: `--${name}`, isFlag: kind === "boolean" }))
  )
  expect(declared.length).toBeGreaterThan(15)
  for (const { isFlag, option } of declared) {
    expect(knownOptions).toContain(option)
    expect(optionsFirst(["command", "argument", option, "word"])).toEqual(
      isFlag ? ["command", option, "argument", "word"] : ["command", option, "word", "argument"]
    )
  }
})
