import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { existsSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { handOverApproval } from "../../../src/adapters/process/hand-over.ts"
import { takeIn } from "../../../src/adapters/process/take-in.ts"
import { approvalsSocket } from "../../../src/core/ports/own-socket.ts"
import type { ApprovalAsked, ApprovalEnded } from "../../../src/core/ports/runner.ts"
import { inFolder } from "../../tools/definitions.ts"
import { asked } from "./approval-asked.ts"

/** A run that no service began, and somebody who approves at a terminal meanwhile. */

const refused: ApprovalEnded = { refused: { reason: "Unproven", detail: "the source was not proven complete" } }

it("takes an approval in, and where none is taken in any more says that nothing was done", () =>
  inFolder((folder) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const socket = join(folder, "run.sock")
        expect(approvalsSocket(folder)).toBe(socket)
        // A run that was killed leaves what lies there.
        writeFileSync(socket, "")
        expect(yield* handOverApproval(socket, asked)).toBeNull()
        const heard: Array<ApprovalAsked> = []
        const approval = (one: ApprovalAsked) => Effect.sync(() => (heard.push(one), refused))
        yield* Effect.scoped(
          Effect.gen(function* () {
            const taking = yield* takeIn({ approval, export: () => Effect.die("no export") }, socket)
            expect(yield* handOverApproval(socket, asked)).toEqual(refused)
            expect(heard).toEqual([asked])
            yield* taking?.close ?? Effect.die("it takes nothing in")
            expect(yield* handOverApproval(socket, asked)).toBeNull()
            expect(heard).toHaveLength(1)
          })
        )
        expect(existsSync(socket)).toBe(false)
      })
    )
  ))

it("what waits when the run is asked to end is told at once that nothing was done", () =>
  inFolder((folder) =>
    Effect.runPromise(
      Effect.gen(function* () {
        const socket = join(folder, "run.sock")
        const begun = yield* Deferred.make<void>()
        const approval = () => Effect.zipRight(Deferred.succeed(begun, undefined), Effect.never)
        const taking = yield* takeIn({ approval, export: () => Effect.die("no export") }, socket)
        const told = yield* Effect.fork(handOverApproval(socket, asked))
        yield* Deferred.await(begun)
        yield* taking?.cutOff ?? Effect.die("it takes nothing in")
        expect(yield* told).toBeNull()
      }).pipe(Effect.scoped)
    )
  ))
