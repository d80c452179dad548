import { randomUUID } from "node:crypto"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import type { ApprovalAsked, ApprovalEnded } from "../core/ports/runner.ts"
import type { Asker } from "./access/asker.ts"

/** An approval that somebody gave in the console and that is not carried out yet, or came to nothing. */
export interface AskedApproval extends ApprovalAsked {
  readonly id: string
  readonly asker: Asker
  /** Why nothing was approved; null while it waits. */
  readonly refused: { readonly reason: string; readonly detail: string } | null
}

export type ApprovalWish = Omit<AskedApproval, "id" | "at" | "refused">

/** The approvals that people gave; kept on disk, so that a restart forgets none. */
export interface AskedApprovals<E> {
  readonly ask: (wish: ApprovalWish) => Effect.Effect<AskedApproval, E>
  /** All that wait, and the last that came to nothing, in the order in which they were given. */
  readonly all: () => ReadonlyArray<AskedApproval>
  /** One that stands is told by its plan from then on; one that was refused stays, until it is forgotten. */
  readonly end: (id: string, ended: ApprovalEnded) => Effect.Effect<void, E>
  /** Forgets one whose end was told to whoever gave it. */
  readonly forget: (id: string) => Effect.Effect<void, E>
}

/** So many of those that came to nothing are kept. */
const refusedKept = 50

export const makeAskedApprovals = <E>(
  known: ReadonlyArray<AskedApproval>,
  keep: (approvals: ReadonlyArray<AskedApproval>) => Effect.Effect<void, E>
): AskedApprovals<E> => {
  let approvals = known
  let last = 0
  const become = (next: ReadonlyArray<AskedApproval>): Effect.Effect<void, E> => {
    const leaving = next.filter(({ refused }) => refused !== null).slice(0, -refusedKept)
    approvals = next.filter((one) => !leaving.includes(one))
    return keep(approvals)
  }
  return {
    ask: (wish) =>
      Effect.gen(function* () {
        // By its moment and by who gave it an approval is known again.
        last = Math.max(yield* Clock.currentTimeMillis, last + 1)
        const asked = { ...wish, id: randomUUID(), at: new Date(last).toISOString(), refused: null }
        yield* become([...approvals, asked])
        return asked
      }),
    all: () => approvals,
    end: (id, ended) =>
      Effect.suspend(() =>
        become(
          approvals.flatMap((one) =>
            one.id !== id ? [one] : "given" in ended ? [] : [{ ...one, refused: ended.refused }]
          )
        )
      ),
    forget: (id) => Effect.suspend(() => become(approvals.filter((one) => one.id !== id)))
  }
}
