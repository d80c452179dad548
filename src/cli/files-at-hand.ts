import { parse as parseDotenv } from "dotenv"
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { ProofStore } from "../pipeline/proof.ts"
import { UsageError } from "./exit.ts"

/*
 * Small files that are asked for in the midst of what is no effect: while options are parsed, while a definition is filled
 * in, while it is proven. They are read at once, past the port of the disk, and none of them is needed for a run to go well.
 */

/** The variables of a workspace's `.env`; none where there is none. One that cannot be read is refused: its secrets would be missing. */
export const dotenvIn = (directory: string): Readonly<Record<string, string | undefined>> => {
  const file = join(directory, ".env")
  const text = textAtHand(file)
  if (text === null && existsSync(file))
    throw new UsageError({ detail: `${file} cannot be read`, hint: "it must be a file that this account may read" })
  return text === null ? {} : parseDotenv(text)
}

/** Text of a small file; null where there is none that can be read. */
export const textAtHand = (path: string): string | null => {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return null
  }
}

/**
 * Changes with every change of a file, as its stamp on the disk does; empty where there is none, and null where that cannot be
 * told. A run asks before each step: at once, and not by way of the pool of threads, that is a twentieth of the cost.
 */
export const stampAtHand = (path: string): string | null => {
  try {
    const found = statSync(path, { throwIfNoEntry: false })
    return found === undefined ? "" : `${found.mtime.getTime()} ${found.size}`
  } catch {
    return null
  }
}

/** Proofs beside the state. Where there is no state yet, or no place to write, nothing is kept. */
export const proofsIn = (home: string): ProofStore => {
  const path = (pipeline: string): string => join(home, `proven-${pipeline}.json`)
  return {
    read: (pipeline) => {
      try {
        return readFileSync(path(pipeline), "utf8")
      } catch {
        return null
      }
    },
    keep: (pipeline, text) => {
      if (!existsSync(home)) return
      const unfinished = `${path(pipeline)}.${process.pid}`
      try {
        writeFileSync(unfinished, text, { mode: 0o600 })
        renameSync(unfinished, path(pipeline))
      } catch {
        rmSync(unfinished, { force: true })
      }
    }
  }
}
