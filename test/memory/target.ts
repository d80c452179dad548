import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { RowWriter } from "../../src/core/ports/bulk.ts"
import {
  byRemoteId,
  type ExistingRecord,
  type TargetDescription,
  TargetError,
  type TargetErrorReason,
  TargetReader,
  TargetWriter,
  type WriteResult,
  type WriteStep
} from "../../src/core/ports/target.ts"

type Fields = WriteStep["fields"]

/** A record that stands. */
export interface Standing {
  readonly resource: string
  readonly fields: Fields
}

/** What a target in memory holds, and what came to it. */
export interface MemoryTarget {
  /** By remote id. */
  readonly records: Map<string, Standing>
  /** Steps that were sent, in order, whatever became of them. */
  readonly sent: Array<WriteStep>
  /** What was asked of a record that did not stand as the step believed: made twice, changed or removed where it is not. */
  readonly mistakes: Array<string>
}

export const emptyTarget = (records: Iterable<readonly [string, Standing]> = []): MemoryTarget => ({
  records: new Map(records),
  sent: [],
  mistakes: []
})

/**
 * What becomes of a step instead of being carried out; null: it is carried out. Whoever loses an answer calls `carryOut`
 * before, and whoever lies does not.
 */
export type Answer = (step: WriteStep, carryOut: () => WriteResult) => Effect.Effect<WriteResult, TargetError> | null

/** What befalls it; nothing where nothing is said. */
export interface Troubled {
  readonly answer?: Answer
  /** That it cannot be read, by the name of its connection. */
  readonly unreadable?: (connection: string) => TargetError | null
}

/** How it behaves; where nothing is said, it takes whatever comes and shows it as it came. */
export interface MemoryTargetOptions extends Troubled {
  readonly connection?: string
  /** Requests in flight at once. */
  readonly concurrency?: number
  readonly describe?: Effect.Effect<TargetDescription, TargetError>
  /** Resources that it has; all where left out. */
  readonly resources?: ReadonlyArray<string>
  /** Whether its records have the ids that a step asks for, so that each can be known before; it chooses them otherwise. */
  readonly idOf?: (step: WriteStep) => string | null
  /** The id that it gives a new record. */
  readonly named?: (step: WriteStep) => string
  /** A field in which no two records are the same, whatever its case, among those that agree in `within`; how it says so. */
  readonly unique?: { readonly field: string; readonly within: string | null; readonly reason: TargetErrorReason }
  /** What it shows of a record; null: nothing, as if it did not stand. */
  readonly shows?: (record: Standing, remoteId: string) => Fields | null
  /** Records that no step made, by resource, as a search finds them. */
  readonly existing?: Readonly<Record<string, ReadonlyArray<ExistingRecord>>>
  /** Whether it can be looked at after a step was answered: no where left out, as some targets cannot. */
  readonly stands?: (step: WriteStep, remoteId: string) => boolean | null
  /** How it takes many records at once: not at all where left out. */
  readonly rows?: RowWriter
}

const removals = new Set(["delete", "unenroll", "deactivate"])

const plain: TargetDescription = {
  versions: {},
  rootOrgUnitId: "",
  timezone: null,
  roles: [],
  orgUnitTypes: [],
  switchedOff: {}
}

/** The name of the record of a step: that of the entity and its key. */
export const nameOf = (step: { readonly entity: string; readonly key: string }): string => `${step.entity}:${step.key}`

export const refusalOf = (
  reason: TargetErrorReason,
  {
    connection = "memory",
    detail = "as the test wishes",
    ...more
  }: Partial<ConstructorParameters<typeof TargetError>[0]> = {}
): TargetError => new TargetError({ reason, connection, request: "PUT /records", detail, ...more })

/** The one target in memory. */
export const memoryTarget = (
  target: MemoryTarget = emptyTarget(),
  {
    answer = () => null,
    concurrency = 4,
    connection = "memory",
    describe = Effect.succeed(plain),
    existing = {},
    idOf = () => null,
    named = nameOf,
    resources,
    rows,
    shows = ({ fields }) => fields,
    stands,
    unique,
    unreadable = () => null
  }: MemoryTargetOptions = {}
): Layer.Layer<TargetReader | TargetWriter> => {
  const { mistakes, records, sent } = target
  const idIn = (step: WriteStep): string => step.remoteId ?? idOf(step) ?? named(step)

  const carryOut = (step: WriteStep): WriteResult => {
    const remoteId = idIn(step)
    const held = records.get(remoteId)
    const isThere = held !== undefined && held.fields["is_active"] !== "false"
    if (removals.has(step.action) ? !isThere : (step.action === "create") === (held !== undefined)) {
      mistakes.push(`${step.action} ${remoteId}`)
    }
    if (step.action === "deactivate") {
      records.set(remoteId, { resource: step.resource, fields: { ...held?.fields, is_active: "false" } })
    } else if (removals.has(step.action)) records.delete(remoteId)
    else records.set(remoteId, { resource: step.resource, fields: { ...held?.fields, ...step.fields } })
    return { remoteId, wrote: true, leftAlone: [] }
  }

  const isTaken = (step: WriteStep): boolean => {
    if (unique === undefined || removals.has(step.action)) return false
    const { field, within } = unique
    const wanted = step.fields[field]?.toLowerCase()
    if (wanted === undefined) return false
    return [...records].some(
      ([remoteId, { fields }]) =>
        remoteId !== idIn(step) &&
        fields[field]?.toLowerCase() === wanted &&
        (within === null || fields[within] === step.fields[within])
    )
  }

  const perform = (step: WriteStep): Effect.Effect<WriteResult, TargetError> =>
    Effect.suspend(() => {
      sent.push(step)
      if (resources !== undefined && !resources.includes(step.resource)) {
        return refusalOf("Unsupported", { connection, request: step.resource, detail: "there is no such resource" })
      }
      const otherwise = answer(step, () => carryOut(step))
      if (otherwise !== null) return otherwise
      // Others have their turn before an answer comes, as they have over a wire.
      if (unique !== undefined && isTaken(step)) {
        return Effect.zipRight(Effect.yieldNow(), refusalOf(unique.reason, { connection, detail: "the name is taken" }))
      }
      return Effect.as(Effect.yieldNow(), carryOut(step))
    })

  /** Looks first, as an adapter does: what stands as it should is not sent again. */
  const reconcile = (step: WriteStep): Effect.Effect<WriteResult, TargetError> =>
    Effect.suspend(() => {
      const held = records.get(idIn(step))
      return isAsWanted(step, held)
        ? Effect.succeed({ remoteId: idIn(step), wrote: false, leftAlone: [] })
        : perform(step)
    })

  const shown = (remoteId: string, held: Standing | undefined): ReadonlyArray<ExistingRecord> => {
    const fields = held === undefined ? null : shows(held, remoteId)
    return fields === null ? [] : [{ remoteId, fields }]
  }
  const listed = (resource: string): ReadonlyArray<ExistingRecord> => [
    ...[...records].flatMap(([remoteId, held]) => (held.resource === resource ? shown(remoteId, held) : [])),
    ...(existing[resource] ?? []).filter(({ remoteId }) => !records.has(remoteId))
  ]

  return Layer.merge(
    Layer.succeed(TargetReader, {
      connection,
      describe,
      asHeld: (_field, value) => value,
      find: ({ matchBy, resource, wanted }) =>
        Effect.suspend(() => {
          const failure = unreadable(connection)
          if (failure !== null) return failure
          if (!matchBy.includes(byRemoteId)) return Effect.succeed(listed(resource))
          return Effect.succeed(
            wanted.flatMap((one) => {
              const remoteId = one[byRemoteId] ?? ""
              return shown(remoteId, records.get(remoteId))
            })
          )
        })
    }),
    Layer.succeed(TargetWriter, {
      connection,
      concurrency,
      perform,
      reconcile,
      ...(rows === undefined ? {} : { rows }),
      idOf,
      requestsSent: () => sent.length,
      ...(stands !== undefined && { stands: (step, remoteId) => Effect.sync(() => stands(step, remoteId)) })
    })
  )
}

/** Whether a record stands as a step wants it; of a removal, whether it stands no more. */
export const isAsWanted = (step: WriteStep, held: Standing | undefined): boolean => {
  if (step.action === "deactivate") return held === undefined || held.fields["is_active"] === "false"
  if (removals.has(step.action)) return held === undefined
  return held !== undefined && Object.entries(step.fields).every(([field, value]) => held.fields[field] === value)
}
