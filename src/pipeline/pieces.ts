import { canonicalJson, sha256 } from "../core/hash.ts"
import type { WrittenPipeline } from "./schema.ts"

/**
 * The pieces of a definition that decide on what a plan holds, by the name people know them by (`rule class_code`,
 * `entity user`, `load of user`), each with its sha256. Tests and schedule are none.
 */
export const piecesOf = (raw: WrittenPipeline): Readonly<Record<string, string>> => {
  const { gates, guards, entities: loads, ...load } = raw.load
  const { datasets, ...extract } = raw.extract
  const pieces: Record<string, unknown> = {
    "time zone": raw.timezone,
    source: extract,
    target: load,
    gates: gates ?? null
  }
  const add = (what: string, named: Readonly<Record<string, unknown>>): void => {
    for (const [name, piece] of Object.entries(named)) pieces[`${what} ${name}`] = piece
  }
  add("use of", raw.uses ?? {})
  add("dataset", datasets)
  add("rule", raw.transform.rules ?? {})
  add("entity", raw.transform.entities)
  add("load of", loads)
  add("guards of", guards ?? {})
  return Object.fromEntries(Object.entries(pieces).map(([name, piece]) => [name, sha256(canonicalJson(piece))]))
}

/** Names of the pieces that one of two definitions has and the other lacks, or has otherwise. */
export const differingPieces = (
  before: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>
): ReadonlyArray<string> =>
  [...new Set([...Object.keys(before), ...Object.keys(now)])].filter((name) => before[name] !== now[name])
