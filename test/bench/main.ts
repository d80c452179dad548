import { spawn, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { cpus, tmpdir, totalmem } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import { textTable } from "../../src/core/text-table.ts"
import { type DistrictFiles, type Variant, writeDistrict } from "./district.ts"
import { checkOut, compareNights, letGo } from "./against.ts"
import { inProcess, median } from "./measure.ts"
import { compareRivals, namesOfRivals } from "./rivals/compare.ts"

/**
 * `npm run bench -- --students 50000 --nights 3 --rounds 3 --only land,night,delta,etags,push,bulk,start,kept,scores,rivals --scores 10000000`
 * Every figure stands next to its floor, measured in the same run on the same machine. Nothing here is a test.
 *
 * `npm run bench -- --against COMMIT --students 50000 --pairs 10` does nothing but compare: quiet and changed nights of this
 * tree and of that commit by turns, and the ratio of their times.
 */
const { values: given } = parseArgs({
  options: {
    students: { type: "string", default: "50000" },
    rounds: { type: "string", default: "3" },
    nights: { type: "string", default: "30" },
    push: { type: "string", default: "5000" },
    scores: { type: "string", default: "10000000" },
    only: { type: "string", default: "land,night,delta,etags,push,bulk,start,kept,scores,rivals" },
    folder: { type: "string" },
    against: { type: "string" },
    pairs: { type: "string", default: "10" }
  }
})
const students = Number(given.students)
const rounds = Number(given.rounds)
const wanted = new Set(given.only.split(","))
const folder = mkdtempSync(join(given.folder ?? tmpdir(), "rollbook-bench-"))

interface Serving {
  readonly port: string
  readonly described: string
  readonly district: DistrictFiles
  readonly stop: () => void
}

const serve = async (size: number, variant: Variant): Promise<Serving> => {
  const place = join(folder, `${size}-${variant}`)
  mkdirSync(place, { recursive: true })
  const district = writeDistrict(place, size, variant)
  const described = join(place, "district.json")
  writeFileSync(described, JSON.stringify(district))
  const child = spawn(
    process.execPath,
    ["--import", "tsx", new URL("server.ts", import.meta.url).pathname, described],
    {
      stdio: ["ignore", "pipe", "inherit"]
    }
  )
  const port = await new Promise<string>((resolve) =>
    child.stdout.once("data", (chunk: Buffer) => resolve(chunk.toString().trim()))
  )
  return { port, described, district, stop: () => void child.kill() }
}

const rows: Array<ReadonlyArray<string>> = [["what", "measured", "floor, same run", "ratio", "peak"]]
const say = (what: string, measured: string, floor = "", ratio = "", peak = ""): void => {
  rows.push([what, measured, floor, ratio, peak])
  process.stderr.write(`${what}: ${[measured, floor, ratio, peak].filter((one) => one !== "").join("; ")}\n`)
}
const seconds = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} s`
const count = (value: number): string => Math.round(value).toLocaleString("en-US")
const repeat = async (run: () => Promise<Record<string, number>>): Promise<ReadonlyArray<Record<string, number>>> => {
  const results: Array<Record<string, number>> = []
  for (let round = 0; round < rounds; round++) results.push(await run())
  return results
}
const middle = (results: ReadonlyArray<Record<string, number>>, name: string): number =>
  median(results.map((one) => one[name] ?? 0))

/** Stages of a night, as `night.ts` prints them; the first three have a floor in `bare-night.ts`. */
const stages = ["read", "transform", "compare", "write the plan"]

const land = async (): Promise<void> => {
  const serving = await serve(students, "base")
  const users = serving.district.collections["users"]?.rows ?? 0
  const ways = ["bare", "rollbook", "plainNode"] as const
  const results = new Map<string, Array<Record<string, number>>>(ways.map((way) => [way, []]))
  // One after the other in every round, so that a slow minute of the machine befalls all of them.
  for (let round = 0; round < rounds; round++) {
    for (const way of ways) results.get(way)?.push(await inProcess("land.ts", way, serving.port, String(users), folder))
  }
  serving.stop()
  const time = (way: string): number => middle(results.get(way) ?? [], "seconds")
  const [bare, ours, plain] = [time("bare"), time("rollbook"), time("plainNode")]
  const peak = middle(results.get("rollbook") ?? [], "peakMegabytes")
  say(
    `land ${count(users)} users over HTTP`,
    `${seconds(ours)}, ${count(users / ours)} rows/s`,
    `bare path ${seconds(bare)}`,
    `${Math.round((100 * bare) / ours)}% of the bare path`,
    `${count(peak)} MB`
  )
  say("the same by a plain Node script", seconds(plain), "", `${(plain / ours).toFixed(1)}× slower than rollbook`)
}

const night = async (): Promise<void> => {
  const serving = await serve(students, "base")
  const records = count(serving.district.rows)
  const state = join(folder, "night")
  const first = await inProcess("night.ts", serving.port, state, "believe")
  const quiet = await repeat(() => inProcess("night.ts", serving.port, state, "plan"))
  const floor = await repeat(() => inProcess("bare-night.ts", serving.port, serving.described, folder))
  serving.stop()
  const tell = (stage: string, nights: ReadonlyArray<Record<string, number>>): void =>
    say(
      `  of which ${stage}`,
      seconds(middle(nights, stage)),
      floor.some((one) => stage in one) ? `bare ${seconds(middle(floor, stage))}` : ""
    )
  say(
    `first plan, ${count(students)} students (${records} records)`,
    seconds(first["planSeconds"] ?? 0),
    "",
    `${count(first["steps"] ?? 0)} steps`,
    `${count(first["peakMegabytes"] ?? 0)} MB`
  )
  for (const stage of stages) tell(stage, [first])
  const ours = middle(quiet, "planSeconds")
  const bare = middle(floor, "seconds")
  if (middle(quiet, "steps") !== 0) throw new Error("a quiet night had steps")
  say(
    "quiet night",
    seconds(ours),
    `bare stages ${seconds(bare)}`,
    `${(ours / bare).toFixed(2)}×`,
    `${count(middle(quiet, "peakMegabytes"))} MB`
  )
  for (const stage of stages) tell(stage, quiet)
  const changed = await serve(students, "one-percent-changed")
  const after = await inProcess("night.ts", changed.port, state, "plan")
  changed.stop()
  say(
    "night with 1% changed",
    seconds(after["planSeconds"] ?? 0),
    "",
    `${count(after["steps"] ?? 0)} steps`,
    `${count(after["peakMegabytes"] ?? 0)} MB`
  )
  for (const stage of stages) tell(stage, [after])
  rmSync(state, { recursive: true, force: true })
}

/** A server of the district, in whose place another can be put: the same of which 1% changed. */
const serveBoth = async (size = students) => {
  const serving = await serve(size, "base")
  const other = join(folder, `${size}-one-percent-changed`)
  mkdirSync(other, { recursive: true })
  const changed = join(other, "district.json")
  writeFileSync(changed, JSON.stringify(writeDistrict(other, size, "one-percent-changed")))
  const put = (district: string): Promise<unknown> =>
    fetch(`http://127.0.0.1:${serving.port}/serve?${encodeURIComponent(district)}`)
  return { changed, put, serving }
}

/** The same night of which 1% changed, read whole and by delta, after the same first night. */
const delta = async (): Promise<void> => {
  const { changed, put, serving } = await serveBoth()
  const after = async (mode: string): Promise<Record<string, number>> => {
    const state = join(folder, `delta-${mode}`)
    await put(serving.described)
    await inProcess("night.ts", serving.port, state, "believe", mode)
    await put(changed)
    const night = await inProcess("night.ts", serving.port, state, "plan", mode)
    rmSync(state, { recursive: true, force: true })
    return night
  }
  const [whole, byDelta] = [await after("whole"), await after("delta")]
  serving.stop()
  if (whole["steps"] !== byDelta["steps"]) throw new Error("a delta read came to other steps than a whole read")
  const ratio = (name: string): string => `${((byDelta[name] ?? 0) / (whole[name] ?? 1)).toFixed(2)}×`
  say(
    "night with 1% changed, by delta",
    `${seconds(byDelta["planSeconds"] ?? 0)}, ${seconds(byDelta["processorSeconds"] ?? 0)} of processor`,
    `read whole ${seconds(whole["planSeconds"] ?? 0)}, ${seconds(whole["processorSeconds"] ?? 0)}`,
    `${ratio("planSeconds")}, ${ratio("processorSeconds")}; ${count(byDelta["steps"] ?? 0)} steps`,
    `${count(byDelta["peakMegabytes"] ?? 0)} MB`
  )
  for (const stage of stages)
    say(`  of which ${stage}`, seconds(byDelta[stage] ?? 0), `read whole ${seconds(whole[stage] ?? 0)}`)
}

/** Quiet nights of the same state by turns: everything sent again, and nothing that is as it was. */
const etags = async (): Promise<void> => {
  const { changed, put, serving } = await serveBoth()
  const after = async (mode: string): Promise<() => Promise<Record<string, number>>> => {
    const state = join(folder, `etags-${mode}`)
    const next = (then = "plan"): Promise<Record<string, number>> =>
      inProcess("night.ts", serving.port, state, then, mode)
    await next("believe")
    // ETags are believed once they were seen to change.
    for (const district of [changed, serving.described]) {
      await put(district)
      await next()
    }
    return () => next()
  }
  const [sent, unsent] = [await after("whole"), await after("etags")]
  const nights = await repeat(async () => {
    const [all, none] = [await sent(), await unsent()]
    if ((all["notSent"] ?? 0) > 0 || (none["notSent"] ?? 0) === 0)
      throw new Error("what was to be sent was not, or the other way round")
    return {
      all: all["planSeconds"] ?? 0,
      none: none["planSeconds"] ?? 0,
      ratio: (none["planSeconds"] ?? 0) / (all["planSeconds"] ?? 1),
      ofProcessor: (none["processorSeconds"] ?? 0) / (all["processorSeconds"] ?? 1),
      read: (none["read"] ?? 0) / (all["read"] ?? 1)
    }
  })
  serving.stop()
  say(
    "quiet night, nothing sent that is as it was",
    seconds(middle(nights, "none")),
    `everything sent ${seconds(middle(nights, "all"))}`,
    `${middle(nights, "ratio").toFixed(2)}×, of processor ${middle(nights, "ofProcessor").toFixed(2)}×, of the read ${middle(nights, "read").toFixed(2)}×`
  )
}

/** Quiet and changed nights of rollbook, and of what a district writes for itself, by turns. */
const rivals = async (): Promise<void> => {
  const { changed, put, serving } = await serveBoth()
  try {
    const told = await compareRivals({ port: serving.port, base: serving.described, changed, put, folder, rounds })
    for (const { name, nights } of told) {
      const peak = middle(nights, "peakMegabytes")
      const ratio = (kind: string): string =>
        `${(middle(nights, kind) / middle(told[0]?.nights ?? [], kind)).toFixed(2)}×`
      say(
        `${namesOfRivals[name]}: quiet night; 1% changed`,
        `${seconds(middle(nights, "quiet"))}; ${seconds(middle(nights, "changed"))}`,
        "",
        `${ratio("quiet")}; ${ratio("changed")}`,
        name === "postgres" ? "the server's is unknown" : `${count(peak)} MB`
      )
    }
  } finally {
    serving.stop()
  }
}

const push = async (): Promise<void> => {
  const serving = await serve(Number(given.push), "base")
  const requests = 50_000
  const floor = await repeat(() => inProcess("push.ts", serving.port, String(requests)))
  const pushed = await inProcess("night.ts", serving.port, join(folder, "push"), "apply")
  serving.stop()
  const perSecond = (pushed["sent"] ?? 0) / (pushed["applySeconds"] ?? 1)
  const bare = middle(floor, "perSecond")
  // What else the machine does slows both, and not by the same; processor time tells more then.
  const microseconds = (1e6 * (pushed["applyProcessorSeconds"] ?? 0)) / (pushed["sent"] ?? 1)
  const bareMicroseconds = (1e6 * middle(floor, "processorSeconds")) / requests
  say(
    `push ${count(pushed["sent"] ?? 0)} steps with journal and ledger`,
    `${count(perSecond)} steps/s, ${count(microseconds)} µs of processor each`,
    `undici alone ${count(bare)} requests/s, ${count(bareMicroseconds)} µs`,
    `${Math.round((100 * perSecond) / bare)}%, of processor ${(microseconds / bareMicroseconds).toFixed(1)}×`,
    `${count(pushed["peakMegabytes"] ?? 0)} MB`
  )
}

/** A first night by rows as far as they are handed over, beside the same one by one. */
const bulk = async (): Promise<void> => {
  const serving = await serve(Number(given.push), "base")
  const requests = await inProcess("night.ts", serving.port, join(folder, "by-requests"), "apply", "requests")
  const byRows = await inProcess("night.ts", serving.port, join(folder, "by-rows"), "apply", "rows")
  serving.stop()
  const [took, alone] = [byRows["applySeconds"] ?? 0, requests["applySeconds"] ?? 0]
  const handed = byRows["handed"] ?? 0
  say(
    `first apply, ${count(requests["sent"] ?? 0)} steps, ${count(handed)} handed over as rows`,
    `${seconds(took)}, ${count(handed / took)} rows/s`,
    `one by one ${seconds(alone)}`,
    `${(took / alone).toFixed(2)}×`,
    `${count(byRows["peakMegabytes"] ?? 0)} MB, one by one ${count(requests["peakMegabytes"] ?? 0)} MB`
  )
  say("  of which zip and upload", seconds(byRows["uploadSeconds"] ?? 0))
}

/** Nights that are kept: all alike, and each with the one percent changed there or back, carried out with its outcomes. */
const kept = async (): Promise<void> => {
  const size = Math.min(students, 20_000)
  const { changed, put, serving } = await serveBoth(size)
  for (const isChanging of [false, true]) {
    const state = join(folder, isChanging ? "kept-changing" : "kept")
    const sizes: Array<number> = []
    for (let one = 0; one < Number(given.nights); one++) {
      await put(isChanging && one % 2 === 1 ? changed : serving.described)
      const { stateMegabytes = 0, steps = 0 } = await inProcess("night.ts", serving.port, state, "apply")
      if (one > 0 && steps > 0 !== isChanging) throw new Error(`night ${one + 1} had ${steps} steps`)
      sizes.push(stateMegabytes)
    }
    const [first = 0, last = 0] = [sizes[0], sizes.at(-1)]
    say(
      `${sizes.length} ${isChanging ? "nights of 1% changed" : "quiet nights"} kept, ${count(size)} students`,
      `${last} MB`,
      `one night ${first} MB`,
      `${(last / Math.max(1, first)).toFixed(2)}×`
    )
  }
  serving.stop()
}

const scores = async (): Promise<void> => {
  const results = await repeat(() => inProcess("scores.ts", given.scores, folder))
  const [ours, bare] = [middle(results, "seconds"), middle(results, "floor")]
  say(
    `grade delta of ${count(Number(given.scores))} scores, ${count(middle(results, "changed"))} changed`,
    seconds(ours),
    `one join, columns compared ${seconds(bare)}`,
    `${(ours / bare).toFixed(2)}×`,
    `${count(middle(results, "peakMegabytes"))} MB`
  )
}

const start = async (): Promise<void> => {
  const cli = new URL("../../dist/rollbook.js", import.meta.url).pathname
  const once = async (...words: ReadonlyArray<string>): Promise<Record<string, number>> => {
    const begin = performance.now()
    const done = spawnSync(process.execPath, [...words], { stdio: "ignore" })
    if (done.status !== 0) throw new Error(`${words.join(" ")} ended with ${done.status}`)
    return { seconds: (performance.now() - begin) / 1000 }
  }
  const bare = middle(await repeat(() => once("-e", "0")), "seconds")
  const help = middle(await repeat(() => once(cli, "--help")), "seconds")
  const validate = middle(await repeat(() => once(cli, "validate")), "seconds")
  say("rollbook --help", seconds(help), `bare node ${seconds(bare)}`)
  say("rollbook validate", seconds(validate), `bare node ${seconds(bare)}`)
}

const against = async (commit: string): Promise<void> => {
  const pairs = Number(given.pairs)
  if (!Number.isInteger(pairs) || pairs < 1) throw new Error(`--pairs ${given.pairs} is no number of pairs`)
  const tree = join(folder, "tree")
  try {
    checkOut(commit, tree)
    const [quiet, changed] = [await serve(students, "base"), await serve(students, "one-percent-changed")]
    try {
      const ports = { quiet: quiet.port, changed: changed.port }
      const compared = await compareNights(ports, tree, folder, pairs, (line) => process.stderr.write(`${line}\n`))
      for (const { kind, ours, ratio, theirs } of compared) {
        const times = (value: number): string => value.toFixed(3)
        say(
          `${kind} night, ${count(students)} students, ${pairs} pairs`,
          `median ${seconds(ours.median)}`,
          `${commit}: median ${seconds(theirs.median)}`,
          `median ${times(ratio.median)}×, half of them ${times(ratio.quarter)} to ${times(ratio.threeQuarters)}, all ${times(ratio.least)} to ${times(ratio.most)}`
        )
      }
    } finally {
      quiet.stop()
      changed.stop()
    }
  } finally {
    letGo(tree)
  }
}

try {
  if (given.against !== undefined) await against(given.against)
  else
    for (const [name, run] of Object.entries({ start, land, night, delta, etags, push, bulk, kept, scores, rivals }))
      if (wanted.has(name)) await run()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
const machine = `${cpus().length} × ${cpus()[0]?.model ?? "unknown"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`
process.stdout.write(`${machine}, ${new Date().toISOString().slice(0, 10)}\n${textTable(rows, "words").join("\n")}\n`)
process.exit(0)
