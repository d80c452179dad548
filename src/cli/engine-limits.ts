import * as Effect from "effect/Effect"
import type { EngineLimits } from "../core/ports/warehouse.ts"
import { UsageError } from "./exit.ts"
import type { Workspace } from "./workspace.ts"

/**
 * How much of the machine the engine may take, by `ROLLBOOK_MEMORY_LIMIT` and `ROLLBOOK_THREADS`; null where a variable is
 * not set. Fails with `UsageError` on a value that the engine could only refuse.
 */
export const engineLimits = ({ environment }: Workspace): Effect.Effect<EngineLimits, UsageError> => {
  const memoryLimit = environment.variable("ROLLBOOK_MEMORY_LIMIT") ?? null
  const threads = environment.variable("ROLLBOOK_THREADS") ?? null
  if (memoryLimit !== null && !size.test(memoryLimit)) {
    return refused("ROLLBOOK_MEMORY_LIMIT", "is no size of memory", "a number with its unit, e.g. 1500MB or 2GB")
  }
  if (threads !== null && !/^[1-9]\d{0,2}$/.test(threads)) {
    return refused("ROLLBOOK_THREADS", "is no number of threads", "a whole number from 1, e.g. 2")
  }
  return Effect.succeed({
    memoryLimit: memoryLimit === null ? null : engineShare(memoryLimit),
    threads: threads === null ? null : Number(threads)
  })
}

/** A size of memory, as the engine takes it: its number, the letter of its unit, and whether that is binary. */
const size = /^([1-9]\d*(?:\.\d+)?) ?([KMGT])(i?)B$/i

/**
 * The engine's share of the memory that rollbook may take, a size as `ROLLBOOK_MEMORY_LIMIT` has it: 250 MB less, or half
 * where that is more. The process has some 250 MB of its own, and the engine passes its limit by as much where it sorts, so
 * that the whole is at most 1.3 times what was said, from 1000MB on and with 50,000 students.
 */
export const engineShare = (limit: string): string => {
  const [, amount = "", prefix = "", binary] = size.exec(limit) ?? []
  const power = "KMGT".indexOf(prefix.toUpperCase()) + 1
  const megabytes = (Number(amount) * (binary === "" ? 1000 : 1024) ** power) / 1e6
  return `${Math.floor(Math.max(megabytes - 250, megabytes / 2) * 1000)}KB`
}

const refused = (name: string, detail: string, remedy: string) =>
  Effect.fail(new UsageError({ detail: `${name} ${detail}`, hint: `give ${remedy}, or leave it out` }))
