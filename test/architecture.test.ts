import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { expect, it } from "vitest"

/**
 * Which room may import which, from the lowest to the highest: a room imports rooms that stand before it and none after.
 * A room's own files are always allowed; `types` = only by `import type`.
 */
const rooms: Readonly<
  Record<string, { readonly values: ReadonlyArray<string>; readonly types?: ReadonlyArray<string> }>
> = {
  core: { values: [] },
  ports: { values: ["core"] },
  plan: { values: ["core"] },
  pipeline: { values: ["core", "ports"] },
  state: { values: ["core", "ports"], types: ["pipeline", "plan"] },
  extract: { values: ["core", "ports", "pipeline", "state"] },
  transform: { values: ["core", "ports", "extract"], types: ["pipeline"] },
  snapshot: { values: ["core", "ports", "state", "transform"], types: ["pipeline"] },
  guards: { values: ["core", "ports", "plan", "pipeline", "state", "snapshot", "transform"] },
  load: { values: ["core", "ports", "state", "snapshot"], types: ["pipeline"] },
  gradebook: { values: ["core", "ports", "plan", "pipeline", "state", "extract", "snapshot", "load"] },
  history: { values: ["core", "ports", "plan", "pipeline", "state", "extract", "transform", "snapshot", "gradebook"] },
  run: {
    values: [
      "core",
      "ports",
      "plan",
      "pipeline",
      "state",
      "extract",
      "transform",
      "snapshot",
      "guards",
      "load",
      "gradebook",
      "history"
    ]
  },
  service: { values: ["core", "ports", "plan", "pipeline", "state", "history", "run"] },
  cli: {
    values: [
      "core",
      "ports",
      "plan",
      "pipeline",
      "state",
      "extract",
      "guards",
      "gradebook",
      "history",
      "run",
      "service"
    ],
    types: ["load"]
  },
  sandbox: { values: ["core"] },
  adapters: { values: ["core", "ports"] }
}

const source = new URL("../src", import.meta.url).pathname

const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) => /\.tsx?$/.test(file))

const importsOf = (file: string): ReadonlyArray<{ readonly path: string; readonly isType: boolean }> => {
  const text = readFileSync(join(source, file), "utf8")
  return [...text.matchAll(/^(?:import|export)\s([^"']*?)from\s+"(\.[^"]+)"|import\("(\.[^"]+)"\)/gm)].map((match) => ({
    path: relative(source, join(source, dirname(file), match[2] ?? match[3] ?? "")),
    isType: /^type\s/.test(match[1] ?? "") || /^\{(\s*type\s[^,}]+,?)+\s*\}\s*$/.test(match[1] ?? "")
  }))
}

it("lets every room import only what lies before it", () => {
  const wrong = files.flatMap((file) => {
    const room = file.split("/")[0] ?? ""
    if (["main.ts", "composition.ts", "connectors.ts"].includes(file)) return []
    const allowed = rooms[room]
    if (allowed === undefined) return [`${file} stands in no room`]
    return importsOf(file).flatMap(({ path, isType }) => {
      const other = path.split("/")[0] ?? ""
      if (room === "adapters" && other === "adapters") {
        const [own, theirs] = [file.split("/")[1], path.split("/")[1]]
        return own === theirs || theirs === "http" ? [] : [`${file} imports ${path}`]
      }
      if (other === room || allowed.values.includes(other)) return []
      return isType && allowed.types?.includes(other) === true ? [] : [`${file} imports ${path}`]
    })
  })
  expect(wrong).toEqual([])
})

it("draws no arrow upward", () => {
  const order = Object.keys(rooms)
  const upward = order.flatMap((room, at) =>
    [...(rooms[room]?.values ?? []), ...(rooms[room]?.types ?? [])]
      .filter((other) => order.indexOf(other) >= at)
      .map((other) => `${room} -> ${other}`)
  )
  expect(upward).toEqual([])
})

it("keeps the engine and the adapters out of what --help and validate load", () => {
  const eager = files.filter((file) =>
    /^import (?!type).*"@duckdb\/node-api"/m.test(readFileSync(join(source, file), "utf8"))
  )
  expect(eager).toEqual([])
})

it("keeps what speaks to a server out of what the connectors load when they are looked at", () => {
  const loaded = new Set<string>()
  const load = (file: string): void => {
    if (loaded.has(file)) return
    loaded.add(file)
    const text = readFileSync(join(source, file), "utf8")
    for (const [, names = "", path = ""] of text.matchAll(/^(?:import|export)\s([^"']*?)from\s+"(\.[^"]+)"/gm)) {
      const isType = /^type\s/.test(names) || /^\{(\s*type\s[^,}]+,?)+\s*\}\s*$/.test(names)
      if (!isType) load(relative(source, join(source, dirname(file), path)))
    }
  }
  const records = files.filter((file) => /^adapters\/\w+\/connector\.ts$/.test(file))
  records.forEach(load)
  expect(records).not.toEqual([])
  const light = /^(core|ports)\/|\/(connector|contracts|settings)\.ts$/
  expect([...loaded].filter((file) => !light.test(file))).toEqual([])
})

it("has no test that passes without running", () => {
  const tests = readdirSync(new URL(".", import.meta.url).pathname, { recursive: true, encoding: "utf8" })
  const vacuous = tests
    .filter((file) => file.endsWith(".test.ts"))
    .filter((file) =>
      /\bit\([^,]+,\s*\(\)\s*=>\s*Effect\.(?!run)/.test(readFileSync(new URL(file, import.meta.url).pathname, "utf8"))
    )
  expect(vacuous).toEqual([])
})

it("keeps every file within what can be read in one sitting", () => {
  const long = files.filter((file) => readFileSync(join(source, file), "utf8").split("\n").length > 401)
  expect(long).toEqual([])
})
