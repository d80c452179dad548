import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import { join } from "node:path"
import { expect, it } from "vitest"
import { handOverApproval } from "../../src/adapters/process/hand-over.ts"
import { takeIn } from "../../src/adapters/process/take-in.ts"
import { openWarehouse } from "../../src/adapters/duckdb/warehouse.ts"
import { untilTakenInEnds } from "../../src/cli/taking-in.ts"
import type { WarehouseService } from "../../src/core/ports/warehouse.ts"
import { asked } from "../adapters/process/approval-asked.ts"
import { inFolder } from "../tools/definitions.ts"
import { oneThread } from "../tools/one-thread.ts"

/** The end of a run that has taken in others, who share its state by turns. */

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
