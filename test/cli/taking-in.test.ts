import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { dirname, join } from "node:path"
import { expect, it } from "vitest"
import { Adapters, type AdaptersService } from "../../src/cli/adapters.ts"
import { loadPipeline, openWorkspace } from "../../src/cli/workspace.ts"
import { layer as journalLayer } from "../../src/adapters/journal/journal.ts"
import { handOverApproval } from "../../src/adapters/process/hand-over.ts"
import { takeIn } from "../../src/adapters/process/take-in.ts"
import { openWarehouse } from "../../src/adapters/duckdb/warehouse.ts"
import { takingIn, untilTakenInEnds } from "../../src/cli/taking-in.ts"
import type { CarriesOut, RunEnded } from "../../src/core/ports/runner.ts"
import { Warehouse, type WarehouseService } from "../../src/core/ports/warehouse.ts"
import { asked } from "../adapters/process/approval-asked.ts"
import { connectors, inFolder } from "../tools/definitions.ts"
import { oneThread } from "../tools/one-thread.ts"

/** A run that takes in others, who share its state by turns, and its end. */

const root = new URL("../..", import.meta.url).pathname

/** Work of one who is taken in, and has the state in its turn. */
const guest = (
  { sharing }: WarehouseService,
  work: (own: WarehouseService) => Effect.Effect<void>
): Effect.Effect<null> =>
  Effect.scoped(Effect.flatMap(sharing.takeIn ?? Effect.die("nobody is taken in"), work)).pipe(
    Effect.orDie,
    Effect.as(null)
  )

const taking = (
  work: (told: {
    readonly warehouse: WarehouseService
    readonly socket: string
    readonly begun: Deferred.Deferred<void>
  }) => Effect.Effect<void>
) =>
  inFolder((folder) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const warehouse = yield* openWarehouse({ stateFile: join(folder, "state.duckdb"), ...oneThread })
        yield* work({ warehouse, socket: join(folder, "run.sock"), begun: yield* Deferred.make<void>() })
      }).pipe(Effect.scoped)
    )
  )

it("a run that is asked to end while it waits for those whom it has taken in ends, and they with it", () =>
  taking(({ begun, socket, warehouse }) =>
    Effect.gen(function* () {
      const approval = () =>
        guest(warehouse, ({ sharing }) =>
          sharing.away(Effect.zipRight(Deferred.succeed(begun, undefined), Effect.never))
        )
      const isWaitedFor = yield* Deferred.make<void>()
      const takesIn = takeIn({ approval, export: () => Effect.die("no export") }, socket).pipe(
        Effect.map(
          (taking) =>
            taking && { ...taking, close: Effect.zipRight(Deferred.succeed(isWaitedFor, undefined), taking.close) }
        )
      )
      const work = warehouse.sharing.away(
        Effect.zipRight(Effect.forkDaemon(handOverApproval(socket, asked)), Deferred.await(begun))
      )
      const run = yield* Effect.fork(untilTakenInEnds(warehouse.sharing, takesIn, work))
      yield* Deferred.await(isWaitedFor)
      expect(Exit.isInterrupted(yield* Fiber.interrupt(run))).toBe(true)
    })
  ))

it("a run that is asked to end as soon as somebody waits for their turn ends", () =>
  taking(({ begun, socket, warehouse }) =>
    Effect.gen(function* () {
      const approval = () =>
        Effect.zipRight(
          Deferred.succeed(begun, undefined),
          guest(warehouse, () => Effect.never)
        )
      // It is asked to end while it still begins to take in.
      const takesIn = takeIn({ approval, export: () => Effect.die("no export") }, socket).pipe(
        Effect.tap(() =>
          Effect.gen(function* () {
            yield* Effect.forkDaemon(handOverApproval(socket, asked))
            yield* Deferred.await(begun)
            yield* Effect.interrupt
          })
        )
      )
      const run = yield* Effect.fork(untilTakenInEnds(warehouse.sharing, takesIn, Effect.void))
      expect(Exit.isInterrupted(yield* Fiber.await(run))).toBe(true)
    })
  ))

it("a run takes in exports of grades alone: whatever else is asked for goes when it has ended", () =>
  taking(({ socket, warehouse }) =>
    Effect.gen(function* () {
      const workspace = openWorkspace({ workspace: root, state: join(dirname(socket), "state.duckdb") })
      const asked = { by: "m.oneil", sections: ["c1"], sessions: [] }
      let ends: Array<RunEnded | null> = []
      // As what is asked for comes in while the run waits for its source.
      const takeIn = (carriesOut: CarriesOut) =>
        Effect.sync(() => {
          const asking = (pipeline: string) => carriesOut.export({ ...asked, pipeline }, () => undefined)
          work = Effect.map(warehouse.sharing.away(Effect.all([asking("roster"), asking("grades")])), (came) => {
            ends = came
          })
          return null
        })
      let work: Effect.Effect<void> = Effect.die("nobody could ask")
      const adapters = { connectors: Effect.succeed(connectors), takeIn } as unknown as AdaptersService
      yield* Effect.gen(function* () {
        const { definition } = yield* loadPipeline(workspace, "grades")
        yield* takingIn(
          workspace,
          definition,
          Effect.suspend(() => work)
        )
      }).pipe(
        Effect.provideService(Adapters, adapters),
        Effect.provideService(Warehouse, warehouse),
        Effect.provide(journalLayer(join(dirname(socket), "journal"))),
        Effect.orDie
      )
      expect(ends[0]).toBeNull()
      expect(ends[1]?.refused).toContain("no course of section c1 is managed by rollbook")
    })
  ))
