import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { layer as warehouseLayer } from "../../src/adapters/duckdb/warehouse.ts"
import { layer as journalLayer } from "../../src/adapters/journal/journal.ts"
import { TargetError, TargetWriter, type TargetWriterService, type WriteStep } from "../../src/core/ports/target.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { sql } from "../../src/core/sql.ts"
import type { Execution } from "../../src/load/execution.ts"
import type { Definition } from "../../src/pipeline/definition.ts"
import { loadedEntitiesOf } from "../../src/pipeline/loaded-entities.ts"
import { steps } from "../../src/state/change-set.ts"
import { prepareTables } from "../../src/state/tables.ts"
import { oneThread } from "../tools/one-thread.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"
import { carryOut } from "../load/carry-out.ts"

interface Walked {
  readonly execution: Execution
  /** How the step ended; null where nobody knows. */
  readonly outcome: Readonly<Record<string, unknown>> | null
}

/**
 * One apply of one step that makes a record, in a process of its own as far as state goes: the walk sends whatever the target
 * takes as rows in that way. The definition loads an entity of the step's resource.
 */
export const walkOne = (
  definition: Definition,
  writer: TargetWriterService,
  step: WriteStep,
  folder: string
): Effect.Effect<Walked, unknown> =>
  Effect.gen(function* () {
    const warehouse = yield* Warehouse
    const entities = loadedEntitiesOf(definition)
    const phase = entities.findIndex(({ load }) => load.resource === step.resource)
    yield* prepareTables(entities)
    yield* warehouse.execute(sql`${steps.empty};
${steps.insert(
  {
    seq: sql`1`,
    phase: sql`${phase}`,
    entity: sql`${entities[phase]?.name ?? ""}`,
    key: sql`${step.key}`,
    action: sql`'create'`,
    after: sql`${JSON.stringify(step.fields)}`
  },
  sql``
)}`)
    const execution = yield* carryOut(definition)
    const [outcome = null] = yield* warehouse.rows(
      plain("SELECT outcome, coalesce(reason, '') AS reason, remote_id FROM outcome WHERE seq = 1"),
      anyRow
    )
    return { execution, outcome }
  }).pipe(
    Effect.provide(
      Layer.mergeAll(
        Layer.succeed(TargetWriter, writer),
        journalLayer(join(folder, "journal")),
        warehouseLayer({ stateFile: join(folder, "state.duckdb"), ...oneThread })
      )
    )
  )

/** A folder that is gone when the scope ends. */
export const aFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "rollbook-test-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

/**
 * A writer that makes records by rows, and all else as it did: a record is handed over, the target works off what it has, and
 * the next apply looks for it. What does not show by then is unknown, as where an answer was lost.
 */
export const byRows = (
  definition: Definition,
  writer: TargetWriterService,
  workOff: () => Promise<unknown>
): TargetWriterService => {
  const isLoaded = ({ action, resource }: WriteStep): boolean =>
    action === "create" && loadedEntitiesOf(definition).some(({ load }) => load.resource === resource)
  const perform = (step: WriteStep) =>
    Effect.scoped(
      Effect.gen(function* () {
        const folder = yield* aFolder
        yield* Effect.orDie(walkOne(definition, writer, step, folder))
        yield* Effect.promise(workOff)
        const { execution, outcome } = yield* Effect.orDie(walkOne(definition, writer, step, folder))
        const remoteId = outcome?.["remote_id"]
        if (outcome?.["outcome"] === "done" && typeof remoteId === "string") {
          return { remoteId, wrote: true, leftAlone: [] }
        }
        return yield* new TargetError({
          reason: "AnswerLost",
          connection: writer.connection,
          request: "rows",
          detail: execution.stoppedBy ?? "nothing shows of the row"
        })
      })
    )
  // No two applies have one writer at a time: what one has seen of the target is not what the other may go by.
  const alone = Effect.unsafeMakeSemaphore(1)
  return {
    ...writer,
    perform: (step) => (isLoaded(step) ? alone.withPermits(1)(perform(step)) : writer.perform(step))
  }
}
