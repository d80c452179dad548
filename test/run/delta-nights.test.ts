import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import type { Rows } from "../memory/source.ts"
import { changed, district, nights } from "./nights.ts"

/** Nights whose collections are all read by what changed. */

const stamped: Rows = Object.fromEntries(
  Object.entries(district).map(([dataset, rows]) => [
    dataset,
    rows.map((row) => ({ ...row, dateLastModified: "2026-08-01T06:00:00.000Z" }))
  ])
)

it("a night on which nothing changed rests on the one before, and one of those in a row is read whole and computed", () =>
  nights(
    ({ apply, plan, stepsOf }) =>
      Effect.gen(function* () {
        const first = yield* plan(stamped)
        yield* apply(first.plan.plan_id)
        const second = yield* plan(stamped, "2026-10-02T07:00:00.000Z")
        // What was applied moved the ledger, which the roster looks at.
        const quiet = yield* plan(stamped, "2026-10-03T07:00:00.000Z")
        expect(second.plan.source.every(({ delta }) => delta?.changed === 0)).toBe(true)
        expect(quiet.plan).toMatchObject({ rests_on: second.plan.rests_on ?? second.plan.run, steps: { count: 0 } })
        const news = { givenName: "Anouk", dateLastModified: "2026-10-03T12:00:00.000Z" }
        const { sourcedId } = stamped["users"]?.find(({ role }) => role === "student") ?? {}
        const moved = changed(stamped, "users", String(sourcedId), news)
        const third = yield* plan(moved, "2026-10-04T07:00:00.000Z")
        expect(third.plan.source.map(({ delta }) => delta?.changed)).toEqual([0, 0, 0, 0, 1, 0])
        expect((yield* stepsOf(third)).map(({ action, entity }) => `${action} ${entity}`)).toEqual(["update user"])
        const fourth = yield* plan(moved, "2026-10-05T07:00:00.000Z")
        expect(fourth.plan.source.every(({ read_whole }) => /full_every/.test(read_whole ?? ""))).toBe(true)
        expect((yield* stepsOf(fourth)).map(({ action, entity }) => `${action} ${entity}`)).toEqual(["update user"])
      }),
    {
      edit: (definition) => ({
        ...definition,
        fullEvery: 4,
        datasets: definition.datasets.map((dataset) =>
          dataset.mode.kind === "whole"
            ? { ...dataset, mode: { kind: "delta" as const, overlapHours: 24, wholeEveryDays: 7, wholeWith: [] } }
            : dataset
        )
      })
    }
  ))
