import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import { dirname, join } from "node:path"
import type { StoreError } from "../../core/ports/disk.ts"
import type { ApprovalEnded, RunnerService } from "../../core/ports/runner.ts"
import { tell } from "../../core/told.ts"
import { isHeld } from "../../core/ports/warehouse.ts"
import { noLonger, type stillMay } from "../../service/access/asker.ts"
import { type ApprovalWish, type AskedApproval, makeAskedApprovals } from "../../service/approvals.ts"
import { serviceFolder } from "../../service/heartbeat.ts"
import { type Busy, busy } from "../../service/http/contract/errors.ts"
import { readNote, writeNote } from "../../service/note-file.ts"
import { approveAsked } from "../approve-asked.ts"
import { sayTrouble } from "../tell.ts"
import { asAnswer, type Room } from "./room.ts"

/**
 * The approvals that people give in the console: each is kept, and then carried out beside the run at work, or by itself where
 * there is none; where a run does not take it in, as soon as that has ended. A restart goes on with those that wait.
 */
export interface Approvals {
  /** Its outcome; where that is not known within seconds, the approval as it waits. */
  readonly give: (wish: ApprovalWish) => Effect.Effect<ApprovalEnded | AskedApproval, Busy>
  /** Those of a plan that wait, or came to nothing when their turn came. */
  readonly of: (plan: string) => ReadonlyArray<AskedApproval>
}

/** Approvals of a room without anybody in it. */
export const noApprovals: Approvals = {
  give: () => Effect.fail(busy("nothing can be approved here")),
  of: () => []
}

/** For so long whoever gives an approval waits for what becomes of it. */
const patience = "5 seconds"

/** Until it is tried again where a run holds the state and takes nothing in. */
const pause = "1 second"

/** Milliseconds for which it is believed that whoever gave an approval still may. */
const longestBelief = 60_000

const what = "the approvals that wait"

export const makeApprovals = (
  room: Room,
  runner: Pick<RunnerService, "approve">,
  may: ReturnType<typeof stillMay>
): Effect.Effect<Approvals, StoreError, Scope.Scope> =>
  Effect.gen(function* () {
    const file = join(serviceFolder(dirname(room.workspace.stateFile)), "approvals.json")
    const scope = yield* Effect.scope
    const asked = makeAskedApprovals((yield* readNote<ReadonlyArray<AskedApproval>>(what, file)) ?? [], (approvals) =>
      writeNote(what, file, approvals)
    )
    /** When it was last known that whoever gave an approval that waits may give it, by its id. */
    const believed = new Map<string, number>()
    const attempt = (one: AskedApproval): Effect.Effect<ApprovalEnded | null> =>
      Effect.gen(function* () {
        const now = yield* Clock.currentTimeMillis
        if (now - (believed.get(one.id) ?? Date.parse(one.at)) > longestBelief) {
          const lost = yield* may(one.asker, "approve holds", null, now)
          if (lost !== null) return { refused: { reason: "NoLonger", detail: tell(noLonger[lost], {}) } }
          believed.set(one.id, now)
        }
        const beside = yield* runner.approve(one)
        if (beside !== null) return beside
        return yield* room.write(approveAsked(yield* room.definition(one.pipeline), one))
      }).pipe(
        Effect.catchAll((error) =>
          Effect.succeed(isHeld(error) ? null : { refused: { reason: "Failed", detail: asAnswer(error).message } })
        )
      )

    const carryOut = (one: AskedApproval): Effect.Effect<ApprovalEnded> =>
      Effect.gen(function* () {
        const ended = yield* attempt(one)
        if (ended === null) return yield* Effect.zipRight(Effect.sleep(pause), carryOut(one))
        if ("refused" in ended) {
          yield* Effect.ignore(
            room.note(one.by, tell("trail.refused", { why: ended.refused.reason }), [`approve ${one.plan}`])
          )
        }
        believed.delete(one.id)
        yield* room.live.reads.forget
        yield* sayTrouble(asked.end(one.id, ended))
        return ended
      })

    const begin = (one: AskedApproval) =>
      Effect.gen(function* () {
        const ended = yield* Deferred.make<ApprovalEnded>()
        yield* Effect.forkIn(Effect.intoDeferred(carryOut(one), ended), scope)
        return Deferred.await(ended)
      })

    yield* Effect.forEach(
      asked.all().filter(({ refused }) => refused === null),
      begin
    )
    return {
      give: (wish) =>
        Effect.gen(function* () {
          const one = yield* Effect.mapError(asked.ask(wish), () => busy(tell("refused.not-kept", {})))
          const ended = yield* Effect.timeoutOption(yield* begin(one), patience)
          if (ended._tag === "None") return one
          yield* sayTrouble(asked.forget(one.id))
          return ended.value
        }),
      of: (plan) => asked.all().filter((one) => one.plan === plan)
    }
  })
