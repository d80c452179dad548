import { spawnSync } from "node:child_process"
import { cpSync, existsSync, rmSync } from "node:fs"
import { join } from "node:path"
import { inProcessOf, type Spread, spreadOf } from "./measure.ts"

/**
 * This tree against another commit, night by night: both plan the same nights out of the same server, one right after the
 * other, each from the same state as the time before. Two such times share what the machine was doing; their ratio says
 * more than either.
 */
export interface Comparison {
  readonly kind: "quiet" | "changed"
  /** Seconds of planning: the other commit's, and this tree's. */
  readonly theirs: Spread
  readonly ours: Spread
  /** Ours by theirs, pair by pair. */
  readonly ratio: Spread
}

const root = new URL("../..", import.meta.url).pathname

/** Puts a commit into a folder, with the packages that its own lock file names. */
export const checkOut = (commit: string, folder: string): void => {
  run("git", ["worktree", "add", "--detach", folder, commit], root)
  if (!existsSync(join(folder, "test/bench/night.ts"))) throw new Error(`${commit} has no test/bench/night.ts to run`)
  run("npm", ["ci", "--no-audit", "--no-fund"], folder)
}

/** Takes the folder away again, and what git remembers of it. */
export const letGo = (folder: string): void => {
  spawnSync("git", ["worktree", "remove", "--force", folder], { cwd: root, stdio: "ignore" })
  rmSync(folder, { recursive: true, force: true })
  spawnSync("git", ["worktree", "prune"], { cwd: root, stdio: "ignore" })
}

/**
 * `ports`: servers of the district as it was, and with one percent changed. `tree`: folder of the other commit. Every
 * second pair begins with the other one.
 */
export const compareNights = async (
  ports: Readonly<Record<Comparison["kind"], string>>,
  tree: string,
  folder: string,
  pairs: number,
  say: (line: string) => void
): Promise<ReadonlyArray<Comparison>> => {
  const sides = { theirs: tree, ours: root } as const
  const started = (side: keyof typeof sides): string => join(folder, `${side}-after-the-first-night`)
  for (const side of ["theirs", "ours"] as const) {
    const first = await inProcessOf(sides[side], "night.ts", ports.quiet, started(side), "believe")
    say(`first night of ${side}: ${(first["planSeconds"] ?? 0).toFixed(2)} s, ${first["steps"] ?? 0} steps`)
  }
  const night = async (side: keyof typeof sides, kind: Comparison["kind"]) => {
    const state = join(folder, `${side}-tonight`)
    rmSync(state, { recursive: true, force: true })
    cpSync(started(side), state, { recursive: true })
    return inProcessOf(sides[side], "night.ts", ports[kind], state, "plan")
  }
  const times = { quiet: { theirs: [], ours: [] }, changed: { theirs: [], ours: [] } } as {
    readonly [kind in Comparison["kind"]]: { readonly [side in keyof typeof sides]: Array<number> }
  }
  for (let pair = 0; pair < pairs; pair++) {
    const order = pair % 2 === 0 ? (["theirs", "ours"] as const) : (["ours", "theirs"] as const)
    for (const kind of ["quiet", "changed"] as const) {
      const steps: Array<number> = []
      for (const side of order) {
        const done = await night(side, kind)
        times[kind][side].push(done["planSeconds"] ?? Number.NaN)
        steps.push(done["steps"] ?? Number.NaN)
      }
      if (kind === "quiet" && steps.some((count) => count !== 0)) throw new Error("a quiet night had steps")
      const [theirs, ours] = [times[kind].theirs.at(-1) ?? 0, times[kind].ours.at(-1) ?? 0]
      say(
        `pair ${pair + 1}, ${kind} night: ${theirs.toFixed(2)} s and ${ours.toFixed(2)} s, ${(ours / theirs).toFixed(3)} times; ${steps.join(" and ")} steps`
      )
    }
  }
  return (["quiet", "changed"] as const).map((kind) => {
    const { ours, theirs } = times[kind]
    const ratios = ours.map((seconds, pair) => seconds / (theirs[pair] ?? Number.NaN))
    return { kind, theirs: spreadOf(theirs), ours: spreadOf(ours), ratio: spreadOf(ratios) }
  })
}

const run = (command: string, words: ReadonlyArray<string>, cwd: string): void => {
  const done = spawnSync(command, [...words], { cwd, stdio: ["ignore", "ignore", "inherit"] })
  if (done.status !== 0) throw new Error(`${command} ${words.join(" ")} ended with ${done.status}`)
}
