import type { ListedResource } from "../core/ports/listings.ts"
import type { ResourceField } from "../core/ports/contracts.ts"
import { about, all as every, joined, name as quoted, oneOf, type Sql, sql } from "../core/sql.ts"
import { named } from "../core/table.ts"
import type { Definition } from "../pipeline/definition.ts"
import type { LoadedEntity } from "../pipeline/loaded-entities.ts"
import { runsTable } from "../state/durable.ts"
import { driftTable, thereOf } from "./tables.ts"
import { outcomesOf } from "../state/outcomes.ts"

/** The clocks of two systems may differ by so much: what was written within it before a listing was made may not be in it. */
const clocksDiffer = sql`INTERVAL 1 MINUTE`

/** The fields of an entity that a listing tells, and that nobody else may change at the target for good. */
export const comparedFields = (
  definition: Definition,
  { compared, load }: LoadedEntity,
  resource: ListedResource
): ReadonlyArray<string> => {
  const contract = definition.resources.get(load.resource)?.fields ?? []
  return compared.filter(
    (field) =>
      resource.fields.includes(field) &&
      load.overwrite.get(field) !== "if_ours" &&
      contract.some((one) => one.name === field)
  )
}

interface Compared {
  readonly definition: Definition
  readonly entity: LoadedEntity
  /** All entities of the pipeline, by whose ledgers refs become remote ids. */
  readonly all: ReadonlyArray<LoadedEntity>
  readonly resource: ListedResource
  /** ISO instant up to which the listings are known to tell. */
  readonly until: string
}

/**
 * Compares the ledger of an entity, record by record, with the table of what is there, and puts each into `drift`. A record was written when
 * its last step ended, whatever came of it; one that has another key since has no step of that, and its run tells.
 */
export const compareStatement = ({ all, definition, entity, resource, until }: Compared): Sql => {
  const { load, name, tables } = entity
  const contract = new Map((definition.resources.get(load.resource)?.fields ?? []).map((one) => [one.name, one]))
  const fields = comparedFields(definition, entity, resource).flatMap((field) => contract.get(field) ?? [])
  const refs = fields.filter((field) => field.kind === "ref")
  const differing = fields.map((field) => differenceOf(field, resource))
  const wasWrittenBefore = (instant: Sql): Sql => sql`coalesce(written_at < ${instant} - ${clocksDiffer}, false)`
  const stands =
    load.onGone === "deactivate" && resource.fields.includes("is_active")
      ? sql`there.is_there AND lower(there.is_active) = 'true'`
      : sql`there.is_there`
  return sql`${about(`${name} as written, beside what the target lists`)}INSERT INTO ${named(driftTable)}
WITH last AS (
  SELECT outcome.key, max(outcome.run) AS run, max(CAST(outcome.ended_at AS TIMESTAMPTZ))::TIMESTAMP AS at FROM ${outcomesOf(definition.name)} AS outcome
  WHERE outcome.entity = ${name} GROUP BY ALL
), ours AS (
  SELECT sent.*, CASE WHEN last.run >= sent.run THEN last.at ELSE CAST(runs.ended_at AS TIMESTAMPTZ)::TIMESTAMP END AS written_at${joined(
    refs.map(({ name: ref }) => sql`, ${quoted(`${ref}_of`)}.remote_id AS ${quoted(`${ref}_id`)}`),
    ""
  )}
  FROM ${quoted(tables.ledger)} AS sent
  LEFT JOIN last ON last.key = sent.key
  LEFT JOIN ${named(runsTable)} AS runs ON runs.run = sent.run${joined(
    refs.map(
      ({ name: ref }) => sql`
  LEFT JOIN (${remoteIds(entity, ref, all)}) AS ${quoted(`${ref}_of`)} ON ${quoted(`${ref}_of`)}.name = sent.${quoted(ref)}`
    ),
    ""
  )}
  WHERE sent.presence IN (${oneOf(["present", "gone", "unsure"])})
), compared AS (
  SELECT ours.*, there.as_of, coalesce(${stands}, false) AS stands, coalesce(there.is_there, false) AS is_there,
    list_filter([${joined(differing, ", ")}]::STRUCT(name VARCHAR, written VARCHAR, stands VARCHAR, differs BOOLEAN)[], lambda one: one.differs) AS differing
  FROM ours LEFT JOIN ${named(thereOf(load.resource))} AS there ON there.remote_id = ours.remote_id
)
SELECT ${name}, key, label, _school, remote_id,
  CASE WHEN presence = 'unsure' OR remote_id IS NULL OR NOT ${wasWrittenBefore(sql`CAST(CAST(${until} AS TIMESTAMPTZ) AS TIMESTAMP)`)} THEN 'unknown'
    WHEN presence = 'gone' THEN CASE WHEN NOT stands THEN 'same' WHEN ${wasWrittenBefore(sql`as_of`)} THEN 'returned' ELSE 'unknown' END
    WHEN NOT is_there THEN 'missing'
    WHEN len(differing) > 0 THEN 'differs'
    ELSE 'same' END,
  differing
FROM compared`
}

/** The remote ids of the records to which a ref may point, by their names. */
const remoteIds = (entity: LoadedEntity, ref: string, all: ReadonlyArray<LoadedEntity>): Sql => {
  const targets = entity.refs.find((one) => one.field === ref)?.entities ?? []
  return joined(
    all
      .filter(({ name }) => targets.includes(name))
      .map(({ name, tables }) => sql`SELECT ${`${name}:`} || key AS name, remote_id FROM ${quoted(tables.ledger)}`),
    " UNION ALL ",
    sql`SELECT NULL::VARCHAR AS name, NULL::VARCHAR AS remote_id WHERE false`
  )
}

/** A field as it was written and as it stands, and whether these are two. Nothing that is not told, or was left alone, differs. */
const differenceOf = ({ kind, name }: ResourceField, { leftAlone, unset }: ListedResource): Sql => {
  const [ours, there] = [sql`ours.${quoted(name)}`, sql`there.${quoted(name)}`]
  const row = (written: Sql, stands: Sql, differs: Sql): Sql =>
    sql`{'name': ${name}, 'written': ${written}, 'stands': ${stands}, 'differs': coalesce(${differs}, false)}`
  switch (kind) {
    case "ref": {
      const id = sql`ours.${quoted(`${name}_id`)}`
      return row(id, sql`array_to_string(${there}, ', ')`, sql`NOT list_contains(${there}, ${id})`)
    }
    case "role": {
      const spelled = sql`list_transform(${there}, lambda one: lower(one))`
      return row(ours, sql`${there}[1]`, sql`NOT list_contains(${spelled}, lower(${ours}))`)
    }
    default: {
      const isLeft = leftAlone.includes(name) ? sql`nullif(${ours}, '') IS NOT NULL` : sql`true`
      const written = sql`coalesce(nullif(${ours}, ''), ${unset[name] ?? null})`
      const spelled = (value: Sql): Sql =>
        kind === "boolean"
          ? sql`lower(${value})`
          : kind === "timestamp"
            ? sql`TRY_CAST(${value} AS TIMESTAMPTZ)`
            : value
      const stands = sql`nullif(${there}, '')`
      return row(written, stands, every([isLeft, sql`${spelled(written)} IS DISTINCT FROM ${spelled(stands)}`]))
    }
  }
}
