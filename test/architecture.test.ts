import { readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"
import { expect, it } from "vitest"

/**
 * Which room may import which, from the lowest to the highest: a room imports rooms that stand before it and none after.
 * A room's own files are always allowed.
 */
const rooms: Readonly<Record<string, ReadonlyArray<string>>> = {
  core: [],
  state: ["core"],
  guards: ["core", "state"],
  plan: ["core", "state", "guards"],
  pipeline: ["core", "guards"],
  extract: ["core", "state", "pipeline"],
  transform: ["core", "pipeline"],
  snapshot: ["core", "state", "pipeline", "transform"],
  load: ["core", "state", "pipeline"],
  gradebook: ["core", "state", "pipeline", "extract", "load"],
  history: ["core", "state", "plan", "pipeline", "extract", "transform"],
  run: [
    "core",
    "state",
    "guards",
    "plan",
    "pipeline",
    "extract",
    "transform",
    "snapshot",
    "load",
    "gradebook",
    "history"
  ],
  service: ["core", "state", "plan", "pipeline"],
  cli: ["core", "state", "guards", "plan", "pipeline", "extract", "gradebook", "history", "run", "service"],
  // Run in a browser: of the service they know the forms of its contract, and nothing that runs.
  pages: ["service"],
  sandbox: ["core"],
  adapters: ["core"]
}

/** So many arrows between rooms there are at most: a room imports another. Fewer doors, not more. */
const mostArrows = 60

const source = new URL("../src", import.meta.url).pathname

const files = readdirSync(source, { recursive: true, encoding: "utf8" }).filter((file) => /\.tsx?$/.test(file))

const importsOf = (file: string): ReadonlyArray<{ readonly path: string; readonly isType: boolean }> => {
  const text = readFileSync(join(source, file), "utf8")
  return [...text.matchAll(/^(?:import|export)\s([^"']*?)from\s+"(\.[^"]+)"|import\("(\.[^"]+)"\)/gm)].map((match) => ({
    path: relative(source, join(source, dirname(file), match[2] ?? match[3] ?? "")),
    isType: /^type\s/.test(match[1] ?? "") || /^\{(\s*type\s[^,}]+,?)+\s*\}\s*$/.test(match[1] ?? "")
  }))
}

/** Files that belong to no room: they put the rooms together. */
const roomless = ["main.ts", "composition.ts", "connectors.ts"]

it("lets every room import only what lies before it", () => {
  const wrong = files.flatMap((file) => {
    const room = file.split("/")[0] ?? ""
    if (roomless.includes(file)) return []
    const allowed = rooms[room]
    if (allowed === undefined) return [`${file} stands in no room`]
    return importsOf(file).flatMap(({ path }) => {
      const other = path.split("/")[0] ?? ""
      if (room === "adapters" && other === "adapters") {
        const [own, theirs] = [file.split("/")[1], path.split("/")[1]]
        return own === theirs || theirs === "http" ? [] : [`${file} imports ${path}`]
      }
      return other === room || allowed.includes(other) ? [] : [`${file} imports ${path}`]
    })
  })
  expect(wrong).toEqual([])
})

it("lets the pages know the forms of the contract alone", () => {
  const wrong = files
    .filter((file) => file.startsWith("pages/"))
    .flatMap((file) =>
      importsOf(file)
        .filter(
          ({ isType, path }) =>
            path.startsWith("service/") && !(isType && /^service\/http\/(?:api|contract\/\w+)\.ts$/.test(path))
        )
        .map(({ path }) => `${file} imports ${path}`)
    )
  expect(wrong).toEqual([])
})

it("has fewer arrows between rooms than would make one room of them, and no leave for one that is not there", () => {
  const arrows = new Set(
    files
      .filter((file) => !roomless.includes(file))
      .flatMap((file) => importsOf(file).map(({ path }) => [file.split("/")[0] ?? "", path.split("/")[0] ?? ""]))
      .flatMap(([room, other]) => (room === other ? [] : [`${room} -> ${other}`]))
  )
  expect(arrows.size).toBeLessThan(mostArrows)
  const allowed = Object.entries(rooms).flatMap(([room, others]) => others.map((other) => `${room} -> ${other}`))
  expect(allowed.filter((arrow) => !arrows.has(arrow))).toEqual([])
})

it("keeps the flows within what can be followed from top to bottom", () => {
  const lines = files
    .filter((file) => file.startsWith("run/"))
    .reduce((sum, file) => sum + readFileSync(join(source, file), "utf8").split("\n").length - 1, 0)
  expect(lines).toBeLessThan(2000)
})

it("gives what is data and nothing else no hole to the outside", () => {
  const data = files.filter((file) => /^(plan|sandbox)\/|^core\/[^/]+$/.test(file))
  expect(data).toContain("plan/plan.ts")
  const reaching = data.filter((file) => importsOf(file).some(({ path }) => path.startsWith("core/ports/")))
  expect(reaching).toEqual([])
})

it("draws no arrow upward", () => {
  const order = Object.keys(rooms)
  const upward = order.flatMap((room, at) =>
    (rooms[room] ?? []).filter((other) => order.indexOf(other) >= at).map((other) => `${room} -> ${other}`)
  )
  expect(upward).toEqual([])
})

/**
 * Whoever makes SQL or asks the engine does so by the tag and with a schema. Besides stand the adapter that hands statements to
 * the engine, and where the expressions of a pipeline are bound, in an engine of their own.
 */
const asksTheEngine = (file: string): boolean =>
  !/^adapters\/duckdb\/|^pipeline\/bind/.test(file) &&
  importsOf(file).some(({ path }) => ["core/sql.ts", "core/ports/warehouse.ts"].includes(path))

/** What statements and rows do not have, each with how it looks in a line. */
const untypedHabits: ReadonlyArray<readonly [string, RegExp]> = [
  ["a cell by its name", /\b(?:row|rows|one|sums?|counts?|counted|found|last|first|\w+\[0\])\??\.?\["\w+"\]/],
  ["a cell made a number or text", /\b(?:Number|String)\((?:row|\w+\??\.?\[")/],
  ["rows taken for something", /\b(?:rows?|cells?)\b[^=]*\bas (?!const)[A-Z]/],
  ["text quoted by hand", /\b(?:literal|identifier)\(/],
  [
    "SQL outside the tag",
    /(?<!sql)(?:`|")(?:-- |SELECT |INSERT INTO |UPDATE |DELETE FROM |CREATE (?:OR REPLACE|TABLE|TEMP)|ALTER TABLE )/
  ]
]

it("has rows and SQL with types", () => {
  const wrong = files.filter(asksTheEngine).flatMap((file) =>
    withoutComments(readFileSync(join(source, file), "utf8"))
      .split("\n")
      .flatMap((line, index) =>
        untypedHabits.flatMap(([habit, pattern]) =>
          pattern.test(line) ? [`${file}:${index + 1} has ${habit}: ${line.trim()}`] : []
        )
      )
  )
  expect(wrong).toEqual([])
})

it("lets the owner of the change set alone write it", () => {
  const writing = files.filter(
    (file) =>
      !["state/change-set.ts", "state/steps-file.ts"].includes(file) &&
      /(?:INSERT INTO|UPDATE|DELETE FROM|TEMP TABLE) (?:change|step|\$\{(?:changes|steps|set)\.table\})\b/.test(
        readFileSync(join(source, file), "utf8")
      )
  )
  expect(writing).toEqual([])
})

it("declares every durable table once, and names it where the house is drawn", () => {
  const page = readFileSync(new URL("../ARCHITECTURE.md", import.meta.url), "utf8")
  const declaring = /^export const \w+: Table = \{\s+name: "(\w+)",\s+grain: "[^"]+",$/gm
  const tables = files.flatMap((file) =>
    [...readFileSync(join(source, file), "utf8").matchAll(declaring)].flatMap(([, name = ""]) => [name])
  )
  expect(tables).toContain("runs")
  expect(tables.filter((name, index) => tables.indexOf(name) !== index)).toEqual([])
  expect(tables.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
})

it("makes no table, lasting or not, that is not declared with its grain and columns", () => {
  // Of its own accord the engine makes none: what is declared goes through these. Expressions are bound elsewhere.
  const making = ["core/table.ts", "state/migrations.ts", "pipeline/bind-engine.ts"]
  const byHand = files.filter(
    (file) =>
      !making.includes(file) &&
      !file.startsWith("adapters/") &&
      /CREATE (?:OR REPLACE )?(?:TEMP )?TABLE/.test(withoutComments(readFileSync(join(source, file), "utf8")))
  )
  expect(byHand).toEqual([])
  const declaring = files.filter((file) =>
    /: (?:Table|Temporary) (?:=>? )|satisfies Temporary|\): Temporary =>/.test(readFileSync(join(source, file), "utf8"))
  )
  const places = /^(?:\w+\/(?:holds\/)?tables|state\/(?:durable|temporary)|core\/run-clock)\.ts$/
  expect(declaring.filter((file) => !places.test(file))).toEqual([])
})

/**
 * What reaches past a port, how it looks in a line, and the files in which that is meant. The sandbox is a program of its own,
 * and pages run in a browser.
 */
const reachingPast: ReadonlyArray<readonly [string, RegExp, ReadonlyArray<string>]> = [
  // What is no effect, before or beside any: where rollbook lies, small files at hand, lines of a log, pages.
  [
    "the disk",
    /from "node:fs(?:\/promises)?"/,
    ["cli/package-root.ts", "cli/files-at-hand.ts", "cli/run-logs.ts", "core/ports/keep-page.ts"]
  ],
  ["what may fail, as a defect", /Effect\.promise\(|makeTempDirectoryScoped/, ["core/lazily.ts"]],
  // The adapters that speak to systems, to a collector and to other processes of rollbook; where the service answers; the
  // demonstration, which plays the browser of a teacher.
  [
    "the network",
    /\b(?:createConnection|createServer|Socket)\b.* from "node:net"|from "(?:node:(?:http|https|http2|tls|dgram|dns)(?:\/promises)?|undici)"|FetchHttpClient"|\bfetch\(/,
    [
      "adapters/http/exchange.ts",
      "adapters/http/http.ts",
      "adapters/alerts/webhook.ts",
      "adapters/telemetry/otlp.ts",
      "adapters/process/hand-over.ts",
      "adapters/process/answer-commands.ts",
      "adapters/process/answering.ts",
      "adapters/duckdb/lines.ts",
      "adapters/duckdb/ask-holder.ts",
      "adapters/duckdb/answer-reads.ts",
      "service/http/server.ts",
      "cli/commands/demo.ts"
    ]
  ],
  // How long a server's token lives, and how fast a server may be asked, is measured on the machine's own clock.
  [
    "the clock",
    /new Date\(\)|Date\.now\(\)|performance\.now\(\)/,
    [
      "core/clock.ts",
      "adapters/http/budget.ts",
      "adapters/http/retry.ts",
      "adapters/brightspace/auth.ts",
      "adapters/oneroster/oauth2.ts"
    ]
  ]
]

it("reaches the disk, the network and the clock by their ports", () => {
  const texts = files
    .filter((file) => !/^(?:sandbox|pages)\//.test(file))
    .map((file) => [file, withoutExamples(readFileSync(join(source, file), "utf8"))] as const)
  for (const [what, pattern, meant] of reachingPast) {
    const reaching = texts.flatMap(([file, text]) => (pattern.test(text) ? [file] : []))
    expect(reaching, `reaching past the port of ${what}`).toEqual(
      texts.flatMap(([file]) => meant.filter((one) => one === file))
    )
  }
})

it("takes the default of a key from where the key is declared", () => {
  const decoding = files.filter((file) => /^pipeline\/(?:decode|load-service|access-settings)/.test(file))
  expect(decoding).toContain("pipeline/decode.ts")
  const stated = decoding.flatMap((file) =>
    readFileSync(join(source, file), "utf8")
      .split("\n")
      .filter((line) => /(?:\?\?|[{,] \w+ =) (?:"(?!"|NULL")|\d|true|false|\["\w)/.test(line))
      .map((line) => `${file}: ${line.trim()}`)
  )
  expect(stated).toEqual([])
})

it("states the types of an effectful function once, and names its span after the room that it stands in", () => {
  const wrong = files
    .filter((file) => !file.startsWith("sandbox/"))
    .flatMap((file) => {
      const text = readFileSync(join(source, file), "utf8")
      const rooms = file.split("/").slice(0, -1)
      return [
        ...[...text.matchAll(/Effect\.fn\(\s*"([^".]+)\.[^"]+"/g)].flatMap(([, room = ""]) =>
          rooms.includes(room) ? [] : [`${file} has a span of the room ${room}`]
        ),
        ...[...text.matchAll(/const (\w+): [^=]*(?:=>[^=]*)*=\s+Effect\.fn\(/g)].map(
          ([, name = ""]) => `${file} states the types of ${name} twice`
        )
      ]
    })
  expect(wrong).toEqual([])
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
  const light = /^core\/|\/(connector|contracts|settings)\.ts$/
  expect([...loaded].filter((file) => !light.test(file))).toEqual([])
})

it("has a field of a user in three files: what it is, how it is sent, what the wire calls it", () => {
  const naming = files
    .filter((file) => !file.startsWith("sandbox/"))
    .filter((file) => /middle_?name/i.test(readFileSync(join(source, file), "utf8")))
    // The middle name that a student information system sends is another field.
    .filter((file) => !file.startsWith("adapters/oneroster/"))
  expect(naming.toSorted()).toEqual([
    "adapters/brightspace/contracts.ts",
    "adapters/brightspace/user.ts",
    "adapters/brightspace/wire.ts"
  ])
})

it("names no system outside its adapter, but where people are told of the two that are rehearsed", () => {
  const naming = files.filter(
    (file) =>
      !/^(adapters|sandbox|cli|pages)\/|^connectors\.ts$/.test(file) &&
      /oneroster|brightspace|RecordId|OrgUnitId\b|"\/gradebook/i.test(
        withoutExamples(readFileSync(join(source, file), "utf8"))
      )
  )
  expect(naming).toEqual([])
})

/** A text without comments; its lines stay where they are. */
const withoutComments = (text: string): string =>
  text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, (comment) => comment.replaceAll(/[^\n]/g, ""))

/** A text without what people write and read: comments, and the examples of keys. */
const withoutExamples = (text: string): string =>
  withoutComments(text)
    .replaceAll(/examples: \[[^\n]*/g, "")
    .replaceAll(/rootOrgUnitId/g, "")

it("begins no comment with a clause whose subject comes later: it says what a thing is", () => {
  const beginning = /(?:\/\*\*\s+(?:\* )?|^(?<!\/\/.*\n)[^\S\n]*\/\/ )(?:What|Where|Of|That|Who)\b.*/gm
  const riddles = files.flatMap((file) =>
    (readFileSync(join(source, file), "utf8").match(beginning) ?? []).map((text) => `${file}: ${text}`)
  )
  expect(riddles).toEqual([])
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
  const lengths = files
    .map((file) => readFileSync(join(source, file), "utf8").split("\n").length - 1)
    .sort((one, other) => one - other)
  const at = (share: number): number => lengths[Math.floor((lengths.length - 1) * share)] ?? 0
  expect(at(0.5), "half of the files").toBeLessThanOrEqual(90)
  expect(at(0.9), "nine of ten").toBeLessThanOrEqual(240)
  expect(at(1), "the longest").toBeLessThanOrEqual(400)
})

it("has no files that import each other in a circle", () => {
  const imported = new Map(
    files.map((file) => [file, importsOf(file).flatMap(({ isType, path }) => (isType ? [] : [path]))])
  )
  const circles: Array<string> = []
  const done = new Set<string>()
  const walk = (file: string, way: ReadonlyArray<string>): void => {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(" > "))
    if (done.has(file) || way.includes(file)) return
    for (const next of imported.get(file) ?? []) walk(next, [...way, file])
    done.add(file)
  }
  for (const file of files) walk(file, [])
  expect(circles).toEqual([])
})
