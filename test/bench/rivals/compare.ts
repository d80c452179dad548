import { execFileSync } from "node:child_process"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { inProcess } from "../measure.ts"
import { startPostgres } from "./postgres.ts"

export const namesOfRivals = {
  rollbook: "rollbook, whole night",
  plainNode: "a plain Node script (maps, JSON state)",
  sqlite: "Node with better-sqlite3",
  postgres: "PostgreSQL, COPY and SQL"
} as const

type Name = keyof typeof namesOfRivals

interface Compared {
  readonly name: Name
  /** Seconds of each round's quiet and changed night; peak memory of the process, in MB. */
  readonly nights: ReadonlyArray<Record<"quiet" | "changed" | "peakMegabytes", number>>
}

interface Districts {
  readonly port: string
  readonly base: string
  readonly changed: string
  /** Serves another district from now on. */
  readonly put: (described: string) => Promise<unknown>
  readonly folder: string
  readonly rounds: number
}

/**
 * Nights of rollbook and of its rivals by turns, rollbook's first. Each reads the whole district over HTTP, makes seven entities of it
 * and says which records differ from last night's; the rivals do nothing else: they prove no page, turn nothing away,
 * guard nothing, and write no plan and no history. What they came to has to agree. A rival that is not installed, and
 * cannot be, is left out, and standard error says so.
 */
export const compareRivals = async (at: Districts): Promise<ReadonlyArray<Compared>> => {
  const packages = join(at.folder, "packages")
  const server = await startPostgres()
  const names: ReadonlyArray<Name> = [
    "rollbook",
    "plainNode",
    ...(installSqlite(packages) ? (["sqlite"] as const) : []),
    ...(server === null ? [] : (["postgres"] as const))
  ]
  const nights = new Map<Name, Array<Compared["nights"][number]>>(names.map((name) => [name, []]))
  const folderOf = (name: Name): string => (name === "postgres" && server !== null ? server.folder : at.folder)
  const live = (name: Name, described: string, then = "plan"): Promise<Record<string, number>> =>
    name === "rollbook"
      ? inProcess("night.ts", at.port, join(at.folder, "ours"), then)
      : inProcess("rivals/night.ts", name, at.port, described, folderOf(name), packages)
  const all = async (described: string, then?: string): Promise<ReadonlyMap<Name, Record<string, number>>> => {
    await at.put(described)
    const lived = new Map<Name, Record<string, number>>()
    for (const name of names) lived.set(name, await live(name, described, then))
    const found = new Set([...lived.values()].flatMap(({ differing }) => differing ?? []))
    if (found.size > 1) throw new Error(`the rivals disagree: ${[...found].join(", ")} records differ`)
    return lived
  }
  try {
    await all(at.base, "believe")
    for (let round = 0; round < at.rounds; round++) {
      // As it was before the changed night of the last round.
      if (round > 0) await all(at.base)
      const [quiet, changed] = [await all(at.base), await all(at.changed)]
      for (const name of names) {
        const [rested, worked] = [quiet.get(name) ?? {}, changed.get(name) ?? {}]
        nights.get(name)?.push({
          quiet: rested["planSeconds"] ?? rested["seconds"] ?? Number.NaN,
          changed: worked["planSeconds"] ?? worked["seconds"] ?? Number.NaN,
          peakMegabytes: worked["peakMegabytes"] ?? Number.NaN
        })
      }
    }
  } finally {
    await server?.stop()
  }
  return names.map((name) => ({ name, nights: nights.get(name) ?? [] }))
}

/** Whether better-sqlite3 can be had: its 12th line is the one that runs on Node 20. */
const installSqlite = (packages: string): boolean => {
  mkdirSync(packages, { recursive: true })
  try {
    execFileSync("npm", ["install", "--silent", "--no-audit", "--no-fund", "--prefix", packages, "better-sqlite3@12"], {
      stdio: "pipe"
    })
    return true
  } catch {
    process.stderr.write("better-sqlite3 cannot be installed here\n")
    return false
  }
}
