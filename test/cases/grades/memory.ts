import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { gradebookCollections } from "../../../src/adapters/brightspace/gradebook/contracts.ts"
import { bodyOf, kindOf } from "../../../src/adapters/oneroster/gradebook/records.ts"
import { identifier, literal } from "../../../src/core/sql.ts"
import type { Definition } from "../../../src/pipeline/definition.ts"
import { type ReadScope, Source } from "../../../src/core/ports/source.ts"
import { byRemoteId, TargetError, TargetReader, TargetWriter, type WriteStep } from "../../../src/core/ports/target.ts"
import { Warehouse } from "../../../src/core/ports/warehouse.ts"
import { prepareTables } from "../../../src/state/tables.ts"
import { ledgerTable } from "../../../src/pipeline/relations.ts"
import { loadedEntitiesOf } from "../../../src/pipeline/loaded-entities.ts"
import { plain } from "../../tools/plain-sql.ts"

type Record_ = Readonly<Record<string, unknown>>

/** Rows of grade books by the last word of their endpoint, as the contracts name their columns. */
export type GradebookRows = Readonly<Record<string, ReadonlyArray<Record_>>>

/** One part that was asked for. */
export interface AskedPart {
  readonly dataset: string
  readonly id: string
  readonly since: string | null
}

/**
 * Grade books in memory, read part by part; what was asked for is noted in `asked`. What cannot be read is named by the
 * id of the part, or by dataset and id (`exemptions 7001/1`) where it is that part of that dataset alone.
 */
export const memoryGradebooks = (
  rows: () => GradebookRows,
  unread: () => ReadonlyArray<string> = () => [],
  asked: Array<AskedPart> = [],
  /** As `unread`: what is not asked for, because the minutes are over. */
  late: () => ReadonlyArray<string> = () => []
): Layer.Layer<Source> =>
  Layer.succeed(Source, {
    connection: "brightspace",
    contracts: gradebookCollections,
    requestsSent: () => 0,
    read: ({ dataset, directory, endpoint, scopes = [] }) =>
      Effect.sync(() => {
        const part = gradebookCollections.get(endpoint)?.part ?? ""
        const isIn = (named: ReadonlyArray<string>, { id }: ReadScope) =>
          named.some((one) => one === id || one === `${dataset} ${id}`)
        const isUnread = (scope: ReadScope) => isIn(unread(), scope) || isIn(late(), scope)
        const read = scopes.filter((scope) => !isUnread(scope))
        asked.push(...scopes.map(({ id, since }) => ({ dataset, id, since })))
        const name = endpoint.slice("/gradebook/".length)
        const found = read.flatMap(({ id, since }) =>
          (rows()[name] ?? []).filter(
            (row) => row[part] === id && (since === null || String(row["LastModified"]) > since)
          )
        )
        const path = join(directory, "rows.json")
        writeFileSync(path, `${JSON.stringify({ rows: found })}\n`)
        const left = scopes.filter(isUnread).map((scope) => scope.id)
        return {
          files: [{ path, layout: "lines" as const, pages: 1, rows: found.length, pageKey: "rows" }],
          unread: left,
          late: scopes.filter((scope) => isIn(late(), scope)).map((scope) => scope.id),
          proof: {
            dataset,
            endpoint,
            mode: "full" as const,
            requests: scopes.length,
            pages: 1,
            rowsRead: found.length,
            totalAtStart: null,
            totalAtEnd: null,
            endRecognisedBy: "whole_collection" as const,
            sortedByKey: false,
            warnings: left.map((id) => `part ${id} was not read`)
          }
        }
      })
  })

/** Puts rows into the ledgers of a pipeline, as if it had written them. */
export const standAtTarget = Effect.fn("test.stand-at-target")(function* (
  definition: Definition,
  rows: Readonly<Record<string, ReadonlyArray<Readonly<Record<string, string>>>>>
) {
  const warehouse = yield* Warehouse
  yield* prepareTables(loadedEntitiesOf(definition))
  for (const [entity, records] of Object.entries(rows)) {
    const table = identifier(ledgerTable(definition.name, entity))
    yield* warehouse.execute(plain(`DELETE FROM ${table}`))
    for (const record of records) {
      const columns = { presence: "present", ...record }
      yield* warehouse.execute(
        plain(
          `INSERT INTO ${table} (${Object.keys(columns).map(identifier).join(", ")}) VALUES (${Object.values(columns).map(literal).join(", ")})`
        )
      )
    }
  }
})

/** A SIS in memory: records by kind and remote id, which is the record's own name, and every PUT that it got. */
export interface MemorySis {
  readonly records: Map<string, Record<string, string | null>>
  readonly puts: Array<string>
  /** Keys of the records that it refuses, with what it says. */
  refused: Readonly<Record<string, string>>
}

export const memorySis = (timezone: string, sis: MemorySis): Layer.Layer<TargetReader | TargetWriter> => {
  const perform = (step: WriteStep) =>
    Effect.suspend(() => {
      const kind = kindOf(step.resource)
      const name = `${step.entity}:${step.key}`
      const failed = (detail: string, reason: "Invalid" | "Unsupported" = "Invalid") =>
        new TargetError({ reason, connection: "campus", request: `PUT …/${kind ?? ""}s/${name}`, detail })
      if (kind === null) return failed("no such resource", "Unsupported")
      const body = bodyOf(kind, step.fields, timezone)
      if ("refused" in body) return failed(body.refused)
      sis.puts.push(`PUT ${kind}s/${step.key} ${body.json}`)
      const lineItem = step.fields["line_item"] ?? null
      if (lineItem !== null && !sis.records.has(lineItem)) {
        const request = `PUT …/results/${name}`
        const detail = "there is no such assignment"
        return new TargetError({ reason: "NotFound", connection: "campus", request, detail, missing: "line_item" })
      }
      const refusal = sis.refused[step.key]
      if (refusal !== undefined) return failed(refusal)
      sis.records.set(name, { ...step.fields })
      return Effect.succeed({ remoteId: name, wrote: true, leftAlone: [] })
    })
  return Layer.mergeAll(
    Layer.succeed(TargetReader, {
      connection: "campus",
      describe: Effect.succeed({
        versions: {},
        rootOrgUnitId: "",
        timezone: null,
        roles: [],
        orgUnitTypes: [],
        switchedOff: {}
      }),
      asHeld: (_field, value) => value,
      find: ({ wanted }) =>
        Effect.sync(() =>
          wanted.flatMap((one) => {
            const remoteId = one[byRemoteId] ?? ""
            const fields = sis.records.get(remoteId)
            return fields === undefined ? [] : [{ remoteId, fields }]
          })
        )
    }),
    Layer.succeed(TargetWriter, {
      connection: "campus",
      concurrency: 1,
      perform,
      reconcile: perform,
      idOf: (step) => `${step.entity}:${step.key}`,
      requestsSent: () => sis.puts.length
    })
  )
}
