import * as Effect from "effect/Effect"
import { literal } from "../core/sql.ts"
import type { Definition } from "../pipeline/definition.ts"
import { Journal, type JournalError, type OpenJournal, type StepOutcome } from "../ports/journal.ts"
import { type TargetError, TargetWriter, type TargetWriterService } from "../ports/target.ts"
import { Warehouse, type WarehouseError } from "../ports/warehouse.ts"
import { isRemoval } from "../snapshot/actions.ts"
import { phaseCount } from "../snapshot/steps.ts"
import { type LoadedEntity, loadedEntitiesOf } from "../snapshot/tables.ts"
import { gateState, type LocalMoment, stopAtGates } from "./gates.ts"
import { foldAnswers, prepareOutcomes } from "./ledger.ts"
import { prepareWork, readWork, stopWork, type Work } from "./work.ts"

export interface ExecutionProgress {
  readonly entity: string
  readonly done: number
  readonly failed: number
  readonly total: number
}

export interface Execution {
  readonly done: number
  readonly failed: number
  /** Steps that found the target as wanted already. */
  readonly alreadySo: number
  /** Steps that a closed gate stopped. */
  readonly stopped: number
  /** Steps that were not tried, because the target stopped answering. */
  readonly notReached: number
  /** Why the walk ended early; null when it went through. */
  readonly stoppedBy: string | null
}

/** Steps whose intention is made durable together, and which are then sent side by side. */
const chunkSize = 256

/** So many failures in a row of the kind that would befall every further step end the walk. */
const failuresBeforeStopping = 5

/** `begun`: only the steps that an interrupted walk had begun; how they ended is found out and nothing else is sent. */
export type Extent = "everything" | "begun"

/**
 * Carries out the steps in the table `step`, phase by phase: journalled before they are sent and after they are
 * answered, folded into the ledger at the end of each phase so that the next one finds its remote ids.
 * A failed step does not stop the others; those that refer to its record fail with the cause.
 * What an earlier, interrupted walk is known to have done is not sent again; what is unsure is reconciled.
 */
export const execute: (
  definition: Definition,
  plan: string,
  run: number,
  extent: Extent,
  moment: () => LocalMoment,
  onProgress: (progress: ExecutionProgress) => void
) => Effect.Effect<Execution, WarehouseError | JournalError, Warehouse | TargetWriter | Journal> = Effect.fn(
  "load.execute"
)(function* (
  definition: Definition,
  plan: string,
  run: number,
  extent: Extent,
  moment: () => LocalMoment,
  onProgress: (progress: ExecutionProgress) => void
) {
  const warehouse = yield* Warehouse
  const writer = yield* TargetWriter
  const journals = yield* Journal
  const execution = yield* Effect.scoped(
    Effect.gen(function* () {
      const journal = yield* journals.open(plan)
      yield* prepareOutcomes
      if (extent === "begun") yield* keepBegun(journal)
      const walk = yield* makeWalk(writer, journal)
      const gates = yield* openGates(definition, moment)
      const entities = loadedEntitiesOf(definition)
      const [planned] = yield* warehouse.rows(
        "SELECT count(*) AS steps FROM step WHERE hold IS NULL AND implied_by IS NULL"
      )
      const total = Number(planned?.["steps"])
      const phases = phaseCount(definition)
      for (let phase = 0; phase < phases - 1 && walk.stoppedBy() === null; phase++) {
        const entity = entities[phase < entities.length ? phase : 2 * entities.length - 1 - phase]
        if (entity === undefined) continue
        const report = (): void =>
          onProgress({ entity: entity.load.entity, done: walk.counts.done, failed: walk.counts.failed, total })
        yield* walkPhase(entity, entities, phase, walk, journal, gates, report)
        yield* foldAnswers(plan, run, entities)
      }
      yield* answerImplied(plan)
      yield* foldAnswers(plan, run, entities)
      const { done, failed, alreadySo, stopped } = walk.counts
      const notReached = total - done - failed - stopped
      return { done, failed, alreadySo, stopped, notReached, stoppedBy: walk.stoppedBy() }
    })
  )
  if (execution.notReached === 0) yield* journals.close(plan)
  return execution
})

/** Asks the gates again whenever their answer may have changed. */
const openGates = Effect.fn("load.open-gates")(function* (definition: Definition, moment: () => LocalMoment) {
  let asked = gateState(definition, moment())
  yield* stopAtGates(definition, "step", moment())
  return Effect.suspend(() => {
    const now = moment()
    if (gateState(definition, now) === asked) return Effect.void
    asked = gateState(definition, now)
    return stopAtGates(definition, "step", now)
  })
})

const keepBegun = Effect.fn("load.keep-begun")(function* (journal: OpenJournal) {
  const warehouse = yield* Warehouse
  yield* warehouse.execute("CREATE OR REPLACE TEMP TABLE begun (seq BIGINT)")
  yield* warehouse.append(
    "begun",
    [...journal.content.outcomes.keys(), ...journal.content.unsure].map((sequence) => [sequence])
  )
  yield* warehouse.execute("DELETE FROM step WHERE seq NOT IN (SELECT seq FROM begun)")
})

/** The record stands at the target as wanted, under the id that the ledger knows: nothing is sent. */
const asItStands = (work: Work): StepOutcome => ({
  sequence: work.step.sequence,
  outcome: "done",
  remoteId: work.step.remoteId,
  wrote: false,
  reason: null,
  detail: null,
  at: new Date().toISOString()
})

interface Walk {
  readonly counts: { done: number; failed: number; alreadySo: number; stopped: number }
  readonly stoppedBy: () => string | null
  readonly send: (work: Work) => Effect.Effect<StepOutcome | null>
  readonly known: OpenJournal["content"]
  readonly note: (outcome: StepOutcome) => void
}

const makeWalk = (writer: TargetWriterService, journal: OpenJournal): Effect.Effect<Walk> =>
  Effect.sync(() => {
    const counts = { done: 0, failed: 0, alreadySo: 0, stopped: 0 }
    let inARow = 0
    let stopped: string | null = null
    const note = (outcome: StepOutcome): void => {
      if (outcome.outcome === "failed") counts.failed++
      else {
        counts.done++
        if (!outcome.wrote) counts.alreadySo++
      }
    }
    const failed = (work: Work, reason: string, detail: string): StepOutcome => ({
      sequence: work.step.sequence,
      outcome: "failed",
      remoteId: work.step.remoteId,
      wrote: false,
      reason,
      detail,
      at: new Date().toISOString()
    })
    const send = (work: Work): Effect.Effect<StepOutcome | null> => {
      if (stopped !== null) return Effect.succeed(null)
      if (!work.sends) return Effect.succeed(asItStands(work))
      if (work.unresolved !== null) {
        return Effect.succeed(failed(work, "DependsOn", `${work.unresolved} does not stand at the target`))
      }
      const wasBegun = journal.content.unsure.has(work.step.sequence)
      const answered = (wasBegun ? writer.reconcile(work.step) : writer.perform(work.step)).pipe(
        // Whether it was done is asked at once, while the step is at hand; only what cannot be found out stays unsure.
        Effect.catchIf(
          (error) => error.reason === "AnswerLost",
          () => writer.reconcile(work.step)
        )
      )
      return Effect.match(answered, {
        onSuccess: (result): StepOutcome => {
          inARow = 0
          return {
            sequence: work.step.sequence,
            outcome: "done",
            remoteId: result.remoteId,
            wrote: result.wrote,
            reason: result.leftAlone.length === 0 ? null : "LeftAlone",
            detail: result.leftAlone.length === 0 ? null : result.leftAlone.join(", "),
            at: new Date().toISOString()
          }
        },
        onFailure: (error): StepOutcome | null => {
          if (befallsAll(error)) {
            inARow++
            if (inARow >= failuresBeforeStopping) stopped = error.message
            // An answer that was lost leaves the step unsure: no outcome is recorded, so that resume asks the target.
            if (error.reason === "AnswerLost") return null
          } else inARow = 0
          return failed(work, error.reason, error.message)
        }
      })
    }
    return { counts, stoppedBy: () => stopped, send, known: journal.content, note }
  })

/** Failures that say nothing about the step and everything about the connection. */
const befallsAll = (error: TargetError): boolean => {
  switch (error.reason) {
    case "Unauthorized":
    case "Unreachable":
    case "AnswerLost":
    case "Misconfigured":
    case "Throttled":
      return true
    case "Forbidden":
    case "NotFound":
    case "Invalid":
    case "Conflict":
    case "Malformed":
    case "Unsupported":
    case "Unknown":
      return false
  }
}

const walkPhase = Effect.fn("load.phase")(function* (
  entity: LoadedEntity,
  entities: ReadonlyArray<LoadedEntity>,
  phase: number,
  walk: Walk,
  journal: OpenJournal,
  gates: Effect.Effect<void, WarehouseError, Warehouse>,
  report: () => void
) {
  const writer = yield* TargetWriter
  const range = yield* prepareWork(entity, entities, phase)
  if (range === null) return
  report()
  let conflicts: Array<Work> = []
  for (let from = range.from; from <= range.to && walk.stoppedBy() === null; from += chunkSize) {
    yield* gates
    walk.counts.stopped += yield* stopWork(entity, from, from + chunkSize)
    const chunk = yield* readWork(entity, from, from + chunkSize)
    conflicts = conflicts.concat(yield* sendChunk(chunk, walk, journal, writer.concurrency, true))
    report()
  }
  // A name or code may have been freed by a later step of the same phase: what clashed is tried once more.
  for (let from = 0; from < conflicts.length && walk.stoppedBy() === null; from += chunkSize) {
    yield* sendChunk(conflicts.slice(from, from + chunkSize), walk, journal, writer.concurrency, false)
    report()
  }
})

/** Sends one chunk; gives back the steps that clashed with another record, unrecorded, when asked to set them aside. */
const sendChunk = Effect.fn("load.chunk")(function* (
  chunk: ReadonlyArray<Work>,
  walk: Walk,
  journal: OpenJournal,
  concurrency: number,
  setClashesAside: boolean
) {
  const warehouse = yield* Warehouse
  const answered: Array<StepOutcome> = []
  const open = chunk.filter((work) => {
    const known = walk.known.outcomes.get(work.step.sequence)
    // A failure of the interrupted walk is tried again; what is done stays done.
    if (known === undefined || known.outcome === "failed") return true
    walk.note(known)
    answered.push(known)
    return false
  })
  const clashes: Array<Work> = []
  if (open.length > 0) {
    yield* journal.intend(open.map((work) => work.step.sequence))
    yield* Effect.forEach(
      open,
      (work) =>
        Effect.flatMap(walk.send(work), (outcome) => {
          if (outcome === null) return Effect.void
          if (setClashesAside && outcome.reason === "Conflict") {
            clashes.push(work)
            return Effect.void
          }
          walk.note(outcome)
          answered.push(outcome)
          return journal.record(outcome)
        }),
      { concurrency, discard: true }
    )
    yield* journal.flush
  }
  yield* warehouse.append(
    "answered",
    answered.map((one) => [one.sequence, one.outcome, one.wrote, one.remoteId, one.reason, one.detail, one.at])
  )
  return clashes
})

/** A removal that follows from another one ended as that one ended. */
const answerImplied = Effect.fn("load.implied")(function* (plan: string) {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(`-- removals that followed from others
INSERT INTO answered
SELECT step.seq, 'done', false, step.remote_id, 'Implied', step.implied_by, ${literal(new Date().toISOString())}
FROM step JOIN step AS cause ON cause.entity || ':' || cause.key = step.implied_by
JOIN outcome ON outcome.seq = cause.seq AND outcome.outcome = 'done' AND outcome.plan = ${literal(plan)}
WHERE step.implied_by IS NOT NULL AND step.hold IS NULL AND cause.${isRemoval}`)
})
