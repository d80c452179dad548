import * as Effect from "effect/Effect"
import { steps } from "../state/change-set.ts"
import * as Schema from "effect/Schema"
import { about, oneOf, sql } from "../core/sql.ts"
import type { Definition, Gates } from "../pipeline/definition.ts"
import { ApplyCutOff } from "../core/ports/cut-off.ts"
import { Journal, type JournalError, type OpenJournal, type StepOutcome } from "../core/ports/journal.ts"
import { TargetWriter } from "../core/ports/target.ts"
import { Count, countRows, TextOrNull, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { isRemoval } from "../state/actions.ts"
import { phaseCount } from "../state/steps-file.ts"
import { type Clash, exchangeNames } from "./exchange.ts"
import type { LocalMoment } from "./gates.ts"
import { askGates, type GatesNow, unmoved } from "./gates-now.ts"
import { noteAnswered, pageSteps, sendSteps, statementSteps, stopClashes } from "./send-steps.ts"
import type { Execution, ExecutionProgress, Extent } from "./execution.ts"
import { leaveExportedSince } from "../state/apply-sections.ts"
import { foldAnswers, prepareOutcomes } from "../state/ledger.ts"
import { makeWalk, type Walk } from "./walk.ts"
import { prepareHandOver } from "./bulk/hand-over.ts"
import { leaveAnswered, leaveWork, prepareWork, readWork, stopWork, type Work } from "./work.ts"
import { loadedEntitiesOf, type LoadedEntity } from "../pipeline/loaded-entities.ts"
import { instantNow } from "../core/clock.ts"
import type { Doing } from "../core/doing.ts"
import { begunTable } from "./tables.ts"
import { emptied } from "../core/table.ts"

/**
 * Carries out the steps in the table `step`, phase by phase: journalled before they are sent and after they are
 * answered, folded into the ledger at the end of each phase so that the next one finds its remote ids.
 * A failed step does not stop the others; those that refer to its record fail with the cause.
 * Steps that an interrupted walk is known to have done are not sent again; where that is not known, they are reconciled. The
 * journal stays until the run that did this is ended.
 *
 * `gates` are asked before each step, since people may set a switch or a freeze while steps go: what they stop then is not
 * sent any more, but for the requests that are under way. Absent, they are those of the definition.
 */
export const execute = Effect.fn("load.execute")(carryOutSteps, (work, { plan }) =>
  Effect.mapError(work, (by) => new ApplyCutOff({ plan, by }))
)

function* carryOutSteps({
  definition,
  plan,
  run,
  extent,
  gates: setGates = Effect.succeed(definition.load.gates),
  moment,
  onProgress
}: {
  readonly definition: Definition
  readonly plan: string
  readonly run: number
  readonly extent: Extent
  readonly gates?: Effect.Effect<Gates>
  readonly moment: () => LocalMoment
  readonly onProgress: (progress: ExecutionProgress) => void
}): Doing<Execution, WarehouseError | JournalError, Warehouse | TargetWriter | Journal> {
  const warehouse = yield* Warehouse
  const writer = yield* TargetWriter
  const journals = yield* Journal
  return yield* Effect.scoped(
    Effect.gen(function* () {
      const journal = yield* journals.open(plan)
      yield* prepareOutcomes
      yield* noteBegun(journal)
      if (extent === "begun") yield* keepBegun
      // Records exported since an earlier walk are not sent over, nor folded once more.
      let exported = (yield* leaveExportedSince(plan, definition.name, "all")).size
      const walk = yield* makeWalk(writer, journal)
      const gates = yield* askGates(definition, setGates, moment)
      const entities = loadedEntitiesOf(definition)
      const planned = yield* warehouse.rows(
        sql`SELECT phase, count(*) AS count FROM ${steps.table} WHERE hold IS NULL AND implied_by IS NULL GROUP BY phase`,
        OfPhase
      )
      const total = planned.reduce((sum, one) => sum + one.count, exported)
      const busy = new Set(planned.map((one) => one.phase))
      const phases = phaseCount(definition.load.entities.length)
      /** Lets others have their turn: what is answered is folded first, and what they export is left to them. */
      const rest = Effect.fnUntraced(function* (meanwhile: Effect.Effect<void>) {
        yield* foldAnswers(plan, run, entities)
        yield* warehouse.sharing.away(meanwhile)
        const left = yield* leaveExportedSince(plan, definition.name, "not answered")
        exported += left.size
        return left
      })
      const giveWay = Effect.suspend(() =>
        warehouse.sharing.isAwaited() ? rest(Effect.void) : Effect.succeed(nothing)
      )
      const handOver =
        writer.rows === undefined
          ? null
          : yield* prepareHandOver({
              concurrency: writer.concurrency,
              entities,
              gates,
              giveWay,
              journal,
              rows: writer.rows,
              walk
            })
      const walkAll = Effect.fnUntraced(function* (isAgain: boolean) {
        walk.handed.beginPass(walk.instant())
        for (let phase = 0; phase < phases - 1 && walk.stoppedBy() === null; phase++) {
          const isTakenDown = phase >= entities.length
          // Nothing is taken down before it is known what was built up, and that what hangs on it is gone.
          if (isTakenDown && walk.handed.awaited() > 0) break
          const entity = entities[isTakenDown ? 2 * entities.length - 1 - phase : phase]
          if (entity === undefined || !busy.has(phase)) continue
          const report = (): void =>
            onProgress({ entity: entity.load.entity, done: walk.counts.done, failed: walk.counts.failed, total })
          if (handOver !== null && extent === "everything") {
            yield* isTakenDown ? handOver.away(entity, phase) : handOver.from(entity)
          }
          const answeredBefore = isAgain ? leaveAnswered(plan, run) : Effect.void
          yield* walkPhase({ entity, entities, phase, walk, plan, journal, gates, report, giveWay, answeredBefore })
          yield* foldAnswers(plan, run, entities)
          yield* giveWay
        }
      })
      // A writer may have looked for another apply before.
      yield* writer.rows?.lookAnew ?? Effect.void
      yield* walkAll(false)
      if (handOver !== null && extent === "everything") {
        while (walk.handed.awaited() > 0 && walk.stoppedBy() === null) {
          const seconds = yield* handOver.again
          if (seconds === null) break
          yield* rest(Effect.sleep(seconds * 1000))
          yield* writer.rows?.lookAnew ?? Effect.void
          // At last all are looked for, whatever a few of them say.
          if ((yield* handOver.again) === null || (yield* walk.showsAny)) yield* walkAll(true)
        }
      }
      const followed = yield* answerImplied(plan)
      yield* foldAnswers(plan, run, entities)
      const { done, doneBefore, failed, alreadySo, stopped } = walk.counts
      const notReached = total - done - failed - stopped - exported
      const unreadable = journal.content.unreadableLines.map((line) => `${journal.path}:${line}`)
      return {
        done,
        ...(doneBefore === 0 ? {} : { doneBefore }),
        failed,
        alreadySo,
        readBack: walk.readBack.count(),
        followed,
        stopped,
        ...(exported === 0 ? {} : { exportedMeanwhile: exported }),
        notReached,
        ...(walk.handed.awaited() === 0 ? {} : { awaited: walk.handed.awaited() }),
        stoppedBy: walk.stoppedBy(),
        ...(unreadable.length === 0 ? {} : { unreadable })
      }
    })
  )
}

/** The table `begun`: what an earlier walk of this plan sent, or was about to; grain: one row per step. */
const noteBegun = Effect.fn("load.note-begun")(function* (journal: OpenJournal) {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(sql`${emptied(begunTable)}`)
  yield* warehouse.append(
    "begun",
    [...journal.content.outcomes.keys(), ...journal.content.unsure].map((sequence) => [sequence])
  )
})

const keepBegun = Effect.flatMap(Warehouse, (warehouse) =>
  warehouse.execute(steps.remove(sql`t.seq NOT IN (SELECT seq FROM begun)`))
)

const walkPhase = Effect.fn("load.phase")(function* ({
  entity,
  entities,
  phase,
  walk,
  plan,
  journal,
  gates,
  report,
  giveWay,
  answeredBefore
}: {
  readonly entity: LoadedEntity
  readonly entities: ReadonlyArray<LoadedEntity>
  readonly phase: number
  readonly walk: Walk
  readonly plan: string
  readonly journal: OpenJournal
  readonly gates: GatesNow
  readonly report: () => void
  readonly giveWay: Effect.Effect<ReadonlySet<number>, WarehouseError, Warehouse>
  /** Takes out what an earlier pass of this walk has answered. */
  readonly answeredBefore: Effect.Effect<void, WarehouseError, Warehouse>
}) {
  const writer = yield* TargetWriter
  const range = yield* prepareWork(entity, entities, phase)
  yield* answeredBefore
  report()
  let clashes: ReadonlyArray<Clash> = []
  let from = range.from
  /** Read, and not readied yet, as the gates answered then. */
  let ahead: ReadonlyArray<Work> = []
  let answers = gates.answers()
  const putBack = (): void => {
    from = ahead[0]?.step.sequence ?? from
    ahead = []
    answers = gates.answers()
  }
  const more = Effect.gen(function* () {
    report()
    if (answers !== gates.answers()) putBack()
    // Gates that may say something else by now are asked with nothing on its way.
    while ((ahead.length > 0 || from <= range.to) && !(yield* gates.mayDiffer)) {
      if (ahead.length === 0) {
        const until = from + (gates.stopAny() ? pageSteps : statementSteps)
        if (gates.stopAny()) walk.counts.stopped += yield* stopWork(entity, from, until)
        ahead = yield* readWork(entity, from, until)
        from = until
      }
      const page = ahead.slice(0, pageSteps)
      ahead = ahead.slice(pageSteps)
      if (page.length > 0) return page
    }
    return []
  })
  let works: ReadonlyArray<Work> = []
  while ((works.length > 0 || from <= range.to) && walk.stoppedBy() === null) {
    if (works.length === 0) yield* gates.ask
    const sent = yield* sendSteps({
      entity,
      works,
      more,
      walk,
      journal,
      gates,
      concurrency: writer.concurrency,
      mayPause: true
    })
    clashes = [...clashes, ...sent.clashes]
    works = sent.unsent
    // Records that others have exported meanwhile are not among those read anew.
    putBack()
    report()
    yield* lookAtDoubted(entity, walk, journal, plan)
    const left = yield* giveWay
    if (left.size === 0) continue
    yield* leaveWork
    works = works.filter(({ step }) => !left.has(step.sequence))
    clashes = clashes.filter(({ work }) => !left.has(work.step.sequence))
  }
  if (walk.stoppedBy() === null) {
    // From here on no gate is asked: what steps aside for another comes back, whatever is set meanwhile.
    clashes = yield* stopClashes(entity, clashes, walk, gates)
    clashes = yield* exchangeNames(clashes, entity.load.contested, writer.perform, (again) =>
      walk.stoppedBy() === null
        ? Effect.map(
            sendSteps({
              entity,
              works: again,
              more: Effect.succeed([]),
              walk,
              journal,
              gates: unmoved,
              concurrency: writer.concurrency,
              mayPause: false
            }),
            (sent) => sent.clashes
          )
        : Effect.succeed([])
    )
  }
  yield* failClashes(clashes, walk, journal)
  yield* lookAtDoubted(entity, walk, journal, plan)
  report()
})

const nothing: ReadonlySet<number> = new Set()

/** Records a step that clashes to the end as failed. */
const failClashes = Effect.fn("load.fail-clashes")(function* (
  clashes: ReadonlyArray<Clash>,
  walk: Walk,
  journal: OpenJournal
) {
  if (clashes.length === 0) return
  const outcomes = clashes.map(({ outcome }) => outcome)
  for (const outcome of outcomes) {
    walk.note(outcome)
    yield* journal.record(outcome)
  }
  yield* journal.flush
  yield* noteAnswered(outcomes)
})

/**
 * Looks at steps of a kind that is no longer believed and that were believed unseen: a step whose record does not stand
 * has failed.
 */
const lookAtDoubted = Effect.fn("load.doubted")(function* (
  entity: LoadedEntity,
  walk: Walk,
  journal: OpenJournal,
  plan: string
) {
  const warehouse = yield* Warehouse
  const writer = yield* TargetWriter
  const doubted = walk.readBack.takeDoubted()
  for (let from = 0; from < doubted.length; from += pageSteps) {
    const sequences = doubted.slice(from, from + pageSteps)
    const answers = new Map(
      (yield* warehouse.rows(
        // If others had their turn since, the answer is folded already.
        sql`SELECT seq, remote_id, anew FROM answered WHERE seq IN (${oneOf(sequences)}) AND outcome = 'done'
UNION ALL SELECT seq, remote_id, false FROM outcome WHERE plan = ${plan} AND seq IN (${oneOf(sequences)}) AND outcome = 'done' AND seq NOT IN (SELECT seq FROM answered)`,
        DoneRow
      )).map((row) => [row.seq, row] as const)
    )
    const works = yield* readWork(entity, Math.min(...sequences), Math.max(...sequences) + 1)
    const failed: Array<StepOutcome> = []
    yield* Effect.forEach(
      works,
      (work) => {
        const answer = answers.get(work.step.sequence)
        const remoteId = answer?.remote_id ?? null
        if (answer === undefined || remoteId === null) return Effect.void
        return Effect.map(walk.readBack.look(work.step, remoteId), (isThere) => {
          if (isThere) return
          failed.push(
            walk.takeBack({
              sequence: work.step.sequence,
              outcome: "done",
              remoteId,
              wrote: true,
              reason: null,
              detail: null,
              said: null,
              isDoubtful: false,
              missing: null,
              madeAnew: answer.anew === true,
              at: walk.instant()
            })
          )
        })
      },
      { concurrency: writer.concurrency, discard: true }
    )
    if (failed.length === 0) continue
    for (const outcome of failed) yield* journal.record(outcome)
    yield* journal.flush
    yield* warehouse.execute(sql`DELETE FROM answered WHERE seq IN (${oneOf(failed.map((one) => one.sequence))})`)
    yield* noteAnswered(failed)
  }
})

/** A removal that follows from another one ended as that one ended. Gives how many there are. */
const answerImplied = Effect.fn("load.implied")(function* (plan: string) {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(sql`${about("removals that followed from others")}INSERT INTO answered (seq, outcome, wrote, remote_id, reason, detail, doubtful, anew, ended_at)
SELECT step.seq, 'done', false, step.remote_id, 'Implied', step.implied_by, false, false, ${yield* instantNow}
FROM ${steps.table} AS step JOIN ${steps.table} AS cause ON cause.entity || ':' || cause.key = step.implied_by
JOIN outcome ON outcome.seq = cause.seq AND outcome.outcome = 'done' AND outcome.plan = ${plan}
WHERE step.implied_by IS NOT NULL AND step.hold IS NULL AND cause.${isRemoval}`)
  return yield* countRows(sql`FROM answered WHERE reason = 'Implied'`)
})

const OfPhase = Schema.Struct({ phase: Count, count: Count })
const DoneRow = Schema.Struct({ seq: Count, remote_id: TextOrNull, anew: Schema.NullOr(Schema.Boolean) })
