import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import * as TestContext from "effect/TestContext"
import { mkdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { makeApprovals } from "../../src/cli/console/approvals.ts"
import type { Room } from "../../src/cli/console/room.ts"
import { openWorkspace } from "../../src/cli/workspace.ts"
import type { ApprovalAsked, ApprovalEnded } from "../../src/core/ports/runner.ts"
import { WarehouseError } from "../../src/core/ports/warehouse.ts"
import { inFolder } from "../tools/definitions.ts"

/** Outcomes of an approval that somebody gives in the console while something else has the state. */

const asker = { by: "oidc", key: "of-dana", launched: null } as const
const wish = {
  plan: "roster-2026-10-01-7",
  pipeline: "roster",
  holds: ["hold-1"],
  schools: [],
  sections: [],
  steps: [],
  by: "dana",
  why: "schedule change",
  evenUnproven: false,
  asker
}
const given: ApprovalEnded = {
  given: {
    id: "approval-1",
    holds: ["hold-1"],
    approvedBy: "dana",
    why: "schedule change",
    approvedAt: "",
    expiresAt: "",
    withdrawnAt: null,
    steps: 5,
    byHold: [],
    followers: 0,
    carriedOut: 0,
    alreadyCarriedOut: 0,
    waiting: 0,
    because: []
  }
}
const refused: ApprovalEnded = { refused: { reason: "Expired", detail: "it was good until 2026-10-02" } }
const held = new WarehouseError({ reason: "Held", statement: "", detail: "a run has it" })

/** A service over a folder: what its run answers, what the state itself answers, and what was tried in which order. */
const inService = <A>(
  folder: string,
  {
    alone = () => held,
    beside = () => null,
    may = () => null
  }: {
    readonly beside?: (tries: number) => ApprovalEnded | null
    readonly alone?: (tries: number) => ApprovalEnded | WarehouseError
    readonly may?: () => "gone" | null
  },
  live: (
    approvals: Effect.Effect.Success<ReturnType<typeof makeApprovals>>,
    seen: { readonly asked: Array<ApprovalAsked>; readonly noted: Array<string> }
  ) => Effect.Effect<A, unknown>
) =>
  Effect.gen(function* () {
    const seen = { asked: [] as Array<ApprovalAsked>, noted: [] as Array<string> }
    let tries = 0
    const room = {
      workspace: openWorkspace({ workspace: folder, state: null }),
      live: { reads: { forget: Effect.void } },
      definition: () => Effect.succeed({}),
      note: (who: string, what: string, of: ReadonlyArray<string>) =>
        Effect.sync(() => void seen.noted.push([who, what, ...of].join(" | "))),
      write: () =>
        Effect.suspend(() => {
          const ended = alone(tries++)
          return ended instanceof WarehouseError ? Effect.fail(ended) : Effect.succeed(ended)
        })
    } as unknown as Room
    const runner = {
      approve: (asked: ApprovalAsked) => Effect.sync(() => (seen.asked.push(asked), beside(seen.asked.length)))
    }
    const scope = yield* Scope.make()
    const approvals = yield* makeApprovals(room, runner, () => Effect.sync(may)).pipe(Scope.extend(scope))
    return yield* Effect.ensuring(live(approvals, seen), Scope.close(scope, Exit.void))
  })

const living = <A>(work: (folder: string) => Effect.Effect<A, unknown>): Promise<A> =>
  inFolder((folder) => {
    mkdirSync(join(folder, ".rollbook", "service"), { recursive: true })
    return Effect.runPromise(Effect.provide(work(folder), TestContext.TestContext))
  })

const keptIn = (folder: string): unknown =>
  JSON.parse(readFileSync(join(folder, ".rollbook", "service", "approvals.json"), "utf8"))

it("is carried out by the run at work, and told at once; nothing waits afterwards", () =>
  living((folder) =>
    inService(folder, { beside: () => given }, (approvals, seen) =>
      Effect.gen(function* () {
        expect(yield* approvals.give(wish)).toEqual(given)
        expect(seen.asked).toMatchObject([{ by: "dana", holds: ["hold-1"] }])
        expect(approvals.of(wish.plan)).toEqual([])
        expect(keptIn(folder)).toEqual([])
      })
    )
  ))

/** Lets seconds pass, while files are written by the clock of the machine. */
const pass = (seconds: number) =>
  Effect.forEach(
    Array.from({ length: seconds }),
    () => Effect.zipRight(onDisk, Effect.zipRight(TestClock.adjust("1 second"), onDisk)),
    { discard: true }
  )
const onDisk = Effect.async<void>((resume) => void setTimeout(() => resume(Effect.void), 20))

it("waits where a run takes nothing in, says so, and is done as soon as the state is free, once", () =>
  living((folder) =>
    inService(folder, { alone: (tries) => (tries < 8 ? held : given) }, (approvals, seen) =>
      Effect.gen(function* () {
        const giving = yield* Effect.fork(approvals.give(wish))
        yield* pass(6)
        expect(yield* Fiber.join(giving)).toMatchObject({ by: "dana", plan: wish.plan, refused: null })
        expect(approvals.of(wish.plan)).toHaveLength(1)
        yield* pass(6)
        expect(approvals.of(wish.plan)).toEqual([])
        expect(seen.noted).toEqual([])
        // It is one and the same at each try, whichever of them was carried out.
        expect(new Set(seen.asked.map(({ at }) => at)).size).toBe(1)
      })
    )
  ))

it("survives the end of the service, and is carried out by the next one", () =>
  living((folder) =>
    Effect.gen(function* () {
      yield* inService(folder, {}, (approvals) =>
        Effect.gen(function* () {
          yield* Effect.fork(approvals.give(wish))
          yield* pass(2)
        })
      )
      expect(keptIn(folder)).toMatchObject([{ by: "dana", why: "schedule change", refused: null }])
      yield* inService(folder, { beside: () => given }, (_, seen) =>
        Effect.zipRight(
          pass(1),
          Effect.sync(() => {
            expect(seen.asked).toHaveLength(1)
          })
        )
      )
      expect(keptIn(folder)).toEqual([])
    })
  ))

it("that comes to nothing after whoever gave it had gone is kept for them with the reason, and noted", () =>
  living((folder) =>
    inService(folder, { beside: (tries) => (tries < 8 ? null : refused) }, (approvals, seen) =>
      Effect.gen(function* () {
        yield* Effect.fork(approvals.give(wish))
        yield* pass(10)
        expect(approvals.of(wish.plan)).toMatchObject([{ by: "dana", refused: { reason: "Expired" } }])
        expect(approvals.of("another")).toEqual([])
        expect(seen.noted).toEqual(["dana | refused: Expired | approve roster-2026-10-01-7"])
      })
    )
  ))

it("that waits for hours asks the platform once a minute, and not at each try", () => {
  let asked = 0
  const may = (): null => {
    asked++
    return null
  }
  return living((folder) =>
    inService(folder, { may, alone: () => held }, (approvals) =>
      Effect.gen(function* () {
        yield* Effect.fork(approvals.give(wish))
        yield* pass(150)
        expect(approvals.of(wish.plan)).toMatchObject([{ refused: null }])
        expect(asked).toBe(2)
      })
    )
  )
})

it("is asked about again where it waited for long: whoever lost the right by then approves nothing", () =>
  living((folder) =>
    inService(folder, { may: () => "gone", alone: (tries) => (tries < 200 ? held : given) }, (approvals, seen) =>
      Effect.gen(function* () {
        yield* Effect.fork(approvals.give(wish))
        yield* pass(5)
        expect(approvals.of(wish.plan)).toMatchObject([{ refused: null }])
        yield* TestClock.adjust("1 minute")
        yield* pass(2)
        expect(approvals.of(wish.plan)).toMatchObject([{ refused: { reason: "NoLonger" } }])
        expect(seen.noted).toEqual(["dana | refused: NoLonger | approve roster-2026-10-01-7"])
      })
    )
  ))
