import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { isAddition, isRemoval } from "../state/actions.ts"
import { sql } from "../core/sql.ts"
import { tell } from "../core/told.ts"
import { district, guard } from "./guard.ts"
import { count, countOr, key } from "./keys.ts"

const normal = { runs: 10, times: 5, floor: 100 }

const keys = {
  unusual: key(
    Schema.Struct({
      runs: count("so many good runs are looked back at; with fewer than three nothing is judged", normal.runs),
      times: count("so many times the largest of them is allowed", normal.times),
      floor: countOr(normal.floor, "so many rows are always allowed", normal.floor)
    }),
    normal,
    "removals, and additions, beyond what the last good runs let through; in rows"
  )
}

/** Amounts that no good run had: with fewer than three to compare with, nothing is unusual. */
const unusual = <const Name extends string>(name: Name, what: "gone" | "added", describe: string) =>
  guard({
    name,
    weighs: "rows",
    describe,
    at: "guards",
    keys,
    shares: "counted",
    measure: (entity, limits) =>
      Effect.succeed({ now: entity.amounts[what], before: entity.baseline(limits.unusual.runs) }),
    trip: ({ now, before }, limits, entity) => {
      const limit = Math.max(limits.unusual.floor, before[what] * limits.unusual.times)
      if (before.runs < 3 || now <= limit) return []
      const say = tell(what === "gone" ? "hold.unusual-removals" : "hold.unusual-additions", {
        value: now,
        entity: entity.name,
        runs: before.runs,
        most: before[what],
        limit
      })
      return [district(entity, limit, now, say)]
    },
    steps: ({ entity }) => sql`t.entity = ${entity} AND t.${what === "gone" ? isRemoval : isAddition}`
  })

export const unusualRemovals = unusual("unusual_removals", "gone", "removals beyond those of the last good runs")
export const unusualAdditions = unusual("unusual_additions", "added", "additions beyond those of the last good runs")
