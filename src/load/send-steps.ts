import * as Effect from "effect/Effect"
import type { OpenJournal, StepOutcome } from "../core/ports/journal.ts"
import { Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import type { LoadedEntity } from "../pipeline/loaded-entities.ts"
import { type Clash, mayClash } from "./exchange.ts"
import { askedAgain, type GatesNow } from "./gates-now.ts"
import type { Walk } from "./walk.ts"
import { sendThrough } from "./window.ts"
import type { Work } from "./work.ts"

interface Sending {
  readonly entity: LoadedEntity
  readonly works: ReadonlyArray<Work>
  /** Reads what comes after them; nothing where there is no more. */
  readonly more: Effect.Effect<ReadonlyArray<Work>, WarehouseError, Warehouse>
  readonly walk: Walk
  readonly journal: OpenJournal
  readonly gates: GatesNow
  readonly concurrency: number
  /** Whether it stops for whoever waits for their turn with the state, and to look at what is no longer believed. */
  readonly mayPause: boolean
}

/** Steps whose intentions are made durable together. */
export const pageSteps = 256

/** Steps that are read by one statement, or whose answers, which the journal has already, one puts into the state: it costs the same for many. */
export const statementSteps = 8 * pageSteps

/**
 * Sends steps, page after page, for as long as the gates let it; gives back those that clashed with another record, which have
 * no outcome yet, and those that were not sent because somebody waits, or a kind of step is in doubt, for no longer than the
 * answers that are on their way.
 */
export const sendSteps = Effect.fn("load.send")(function* (sending: Sending) {
  let left = sending.works
  let clashes: ReadonlyArray<Clash> = []
  do {
    const sent = yield* sendUnmoved({ ...sending, works: left })
    clashes = [...clashes, ...sent.clashes]
    left = sent.left.length === 0 ? [] : yield* askedAgain(sending.entity, sent.left, sending.gates)
    if (sent.isAwaited || sending.walk.stoppedBy() !== null) break
  } while (left.length > 0)
  return { clashes, unsent: left }
})

/** Sends until the gates may say something else, or it is to pause; gives back what is left then, too. */
const sendUnmoved = Effect.fn("load.unmoved")(function* ({
  concurrency,
  gates,
  journal,
  mayPause,
  more,
  walk,
  works
}: Omit<Sending, "entity">) {
  const { sharing } = yield* Warehouse
  // Each turn sends something, whoever waits.
  let begun = 0
  const isAwaited = (): boolean =>
    mayPause && begun >= concurrency && (sharing.isAwaited() || walk.readBack.isDoubting())
  let answered: Array<Answer> = []
  const clashes: Array<Clash> = []
  const noteSoFar = Effect.suspend(() => {
    const soFar = answered
    answered = []
    return noteAnswered(soFar)
  })
  /** Those that are to be sent, as soon as their intentions are durable. */
  const intended = Effect.fnUntraced(function* (page: ReadonlyArray<Work>) {
    const open = page.filter((work) => {
      const known = walk.known.outcomes.get(work.step.sequence)
      // A step that is done stays done, whatever the gates say by now; a failure of the interrupted walk is tried again.
      if (known?.outcome === "done") {
        walk.note(known)
        walk.counts.doneBefore++
        answered.push(known)
        return false
      }
      // A row that was handed over is only looked for, whatever gates say; a step that needs its record comes after it.
      if (walk.waits(work)) return false
      if (work.gate === null || walk.handed.has(work.step.sequence)) return true
      walk.counts.stopped++
      answered.push(stoppedBegun(work, work.gate, walk))
      return false
    })
    const fresh = open.flatMap(({ step }) => (walk.handed.has(step.sequence) ? [] : [step.sequence]))
    if (fresh.length > 0) yield* journal.intend(fresh)
    return open
  })
  const nextPage = Effect.gen(function* () {
    while (true) {
      if (answered.length >= statementSteps) yield* noteSoFar
      const page = yield* more
      if (page.length === 0) return []
      const open = yield* intended(page)
      if (open.length > 0) return open
    }
  })
  const left = yield* sendThrough({
    width: concurrency,
    ready: yield* intended(works),
    more: nextPage,
    few: pageSteps / 2,
    isPaused: Effect.map(gates.mayDiffer, (mayDiffer) => {
      // A journal that cannot be written takes no answers: nothing more is to be asked for.
      if (mayDiffer || isAwaited() || walk.stoppedBy() !== null || journal.isFailing()) return true
      begun++
      return false
    }),
    send: (work) =>
      Effect.flatMap(walk.send(work), (outcome) => {
        if (outcome === null) return Effect.void
        if (mayClash({ work, outcome })) {
          clashes.push({ work, outcome })
          return Effect.void
        }
        walk.note(outcome)
        answered.push(outcome)
        return journal.record(outcome)
      })
  })
  yield* journal.flush
  yield* noteSoFar
  return { clashes, left, isAwaited: isAwaited() }
})

/** Takes steps that a gate has stopped since out of those that were refused: they are not tried again; gives the rest. */
export const stopClashes = Effect.fn("load.stop-clashes")(function* (
  entity: LoadedEntity,
  clashes: ReadonlyArray<Clash>,
  walk: Walk,
  gates: GatesNow
) {
  if (clashes.length === 0) return clashes
  const works = clashes.map(({ work }) => work)
  const answers = (yield* askedAgain(entity, works, gates)).map(({ gate }, index) => {
    const clash = clashes[index]
    return clash === undefined || gate === null
      ? null
      : { ...stoppedBegun(clash.work, gate, walk), isDoubtful: clash.outcome.isDoubtful }
  })
  const stopped = answers.filter((answer) => answer !== null)
  walk.counts.stopped += stopped.length
  yield* noteAnswered(stopped)
  return clashes.filter((_, index) => answers[index] === null)
})

/** How a step ended; `stopped` by a gate it is not journalled, since nothing was sent. */
type Answer = Omit<StepOutcome, "outcome"> & { readonly outcome: StepOutcome["outcome"] | "stopped" }

/** A gate has closed since the step was begun: it is not sent again, and whether it was carried out stays open. */
const stoppedBegun = (work: Work, gate: string, walk: Walk): Answer => ({
  sequence: work.step.sequence,
  outcome: "stopped",
  wrote: false,
  remoteId: walk.idOf(work),
  reason: "Gate",
  detail: gate,
  said: null,
  isDoubtful: walk.isUnsure(work),
  missing: null,
  madeAnew: false,
  at: walk.instant()
})

/** Puts answers where they wait to be folded into the ledger. */
export const noteAnswered = (outcomes: ReadonlyArray<Answer>) =>
  Effect.flatMap(Warehouse, (warehouse) =>
    warehouse.append(
      "answered",
      outcomes.map((one) => [
        one.sequence,
        one.outcome,
        one.wrote,
        one.remoteId,
        one.reason,
        one.detail,
        one.said,
        one.isDoubtful,
        one.missing,
        one.madeAnew,
        one.at
      ])
    )
  )
