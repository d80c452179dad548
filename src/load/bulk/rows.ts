import * as Effect from "effect/Effect"
import { foldName } from "../../core/fold.ts"
import { about, all, joined, name as quoted, oneOf, type Sql, sql, texts } from "../../core/sql.ts"
import { alike, foldsWhole, isPlain } from "../../core/kept-text.ts"
import { emptied } from "../../core/table.ts"
import type { RowCell, RowFormat, RowKind } from "../../core/ports/bulk.ts"
import { countRows, Warehouse, type WarehouseError } from "../../core/ports/warehouse.ts"
import type { LoadedEntity } from "../../pipeline/loaded-entities.ts"
import { steps } from "../../state/change-set.ts"
import { askedNameTable, handedTable, sharedNameTable } from "../tables.ts"

/** An entity whose steps can be written as rows. */
interface AsRows {
  readonly entity: LoadedEntity
  readonly kind: RowKind
}

const asRows = (entities: ReadonlyArray<LoadedEntity>, { kinds }: RowFormat): ReadonlyArray<AsRows> =>
  entities.flatMap((entity) => {
    const { resource, type } = entity.load
    return kinds.flatMap((kind) =>
      kind.resource === resource && (kind.type === null || kind.type === foldName(type ?? "")) ? [{ entity, kind }] : []
    )
  })

/** The kinds of rows by which records of entities are taken away, or by which they are made and changed. */
const asRowsThat = (ends: boolean, entities: ReadonlyArray<LoadedEntity>, format: RowFormat): ReadonlyArray<AsRows> =>
  asRows(entities, format).filter(({ kind }) => (kind.ends !== undefined) === ends)

/** Whether records of an entity can be written as rows, or be taken away by them. */
export const isAsRows = (ends: boolean, entity: LoadedEntity, format: RowFormat): boolean =>
  asRowsThat(ends, [entity], format).length > 0

/** Whether a row of a change set is a step of a kind that can be written as a row, and nothing withholds it. */
const isOfKind = ({ entity, kind: { changes, ends, lacks } }: AsRows, t: Sql): Sql =>
  all([
    sql`${t}.entity = ${entity.name}`,
    sql`${t}.hold IS NULL AND ${t}.implied_by IS NULL`,
    ends !== undefined
      ? sql`${t}.action = ${ends}`
      : changes.actions.length === 0
        ? sql`${t}.action = 'create'`
        : sql`(${t}.action = 'create' OR (${t}.action IN (${oneOf(changes.actions)}) AND list_has_all(${texts(changes.fields)}, ${t}.changed)))`,
    ...lacks.map((field) => sql`(${t}.after->>${field}) IS NULL`)
  ])

/** How many steps of a change set are of kinds that can be written as rows. */
export const countRowSteps = (
  entities: ReadonlyArray<LoadedEntity>,
  format: RowFormat,
  table: Sql
): Effect.Effect<number, WarehouseError, Warehouse> => {
  const kinds = asRows(entities, format).map((one) => sql`(${isOfKind(one, sql`t`)})`)
  return kinds.length === 0 ? Effect.succeed(0) : countRows(sql`FROM ${table} AS t WHERE ${joined(kinds, " OR ")}`)
}

/** The way by rows as a plan tells of it. `table` is its change set. */
export const rowsOfPlan = Effect.fn("load.rows-of-plan")(function* (
  entities: ReadonlyArray<LoadedEntity>,
  format: RowFormat,
  table: Sql
) {
  yield* prepareRows(entities, format, table)
  return {
    format: format.name,
    steps: yield* countRowSteps(entities, format, table),
    at: format.at,
    wait_minutes: format.waitSeconds / 60,
    settle_hours: format.settleSeconds / 3600,
    shared_names: yield* countRows(sql`FROM shared_name`)
  }
})

/** Makes the tables `handed` and `asked_name`, empty, and `shared_name`: of a row that would name several records nobody knows which is meant. */
export const prepareRows = Effect.fn("load.prepare-rows")(function* (
  entities: ReadonlyArray<LoadedEntity>,
  format: RowFormat,
  table: Sql
) {
  const warehouse = yield* Warehouse
  yield* warehouse.execute(sql`${emptied(handedTable)};
${emptied(askedNameTable)};
${emptied(sharedNameTable)}`)
  for (const { field, resources } of format.names) {
    const named = entities.filter((one) => resources.includes(one.load.resource) && one.fields.includes(field))
    if (named.length === 0) continue
    yield* warehouse.execute(sql`${about(`values of ${field} that several records have`)}INSERT INTO shared_name
SELECT ${field}, value FROM (${joined(
      named.map(
        ({
          name,
          tables
        }) => sql`SELECT ${`${name}:`} || key AS name, ${alike(quoted(field))} AS value FROM ${quoted(tables.ledger)} WHERE presence IN ('present', 'kept')
UNION ALL SELECT entity || ':' || key, ${alike(sql`(after->>${field})`)} FROM ${table} WHERE entity = ${name}`
      ),
      "\nUNION ALL "
    )}) WHERE value IS NOT NULL GROUP BY value HAVING count(DISTINCT name) > 1`)
  }
})

/**
 * Puts into `handed`, as one upload, the rows of steps whose refs are known: by the ledgers, or because the record that they
 * point to is handed over as well. They are those that make records, from an entity on, or with `ends` those that take
 * records of this entity away. Steps that were begun before are left out, as are those that a closed gate stops. `leave`
 * takes rows of an entity out again that are never to be put in once more, before others refer to them, and gives how many.
 * Gives how many there are.
 */
export const fillUpload = Effect.fn("load.fill-upload")(function* ({
  ends,
  entities,
  format,
  from,
  leave,
  upload
}: {
  readonly ends: boolean
  readonly entities: ReadonlyArray<LoadedEntity>
  readonly format: RowFormat
  readonly from: LoadedEntity
  readonly leave: (entity: LoadedEntity, kind: RowKind) => Effect.Effect<number, WarehouseError, Warehouse>
  readonly upload: number
}) {
  const warehouse = yield* Warehouse
  const ofUpload = sql`FROM handed WHERE upload = ${upload}`
  let filled = 0
  const first = entities.indexOf(from)
  for (const one of asRowsThat(ends, ends ? [from] : entities.slice(first), format)) {
    const { cells, joins } = columnsOf(one, entities, format)
    const fill = sql`${about(`rows of ${one.entity.name}`)}INSERT INTO handed
SELECT seq, name, ${upload}, ${one.kind.file}, cells FROM (
  SELECT step.seq, step.entity || ':' || step.key AS name, [${joined(
    cells.map(({ value }) => value),
    ", "
  )}]::VARCHAR[] AS cells, ${all(cells.flatMap(({ fits }) => (fits === null ? [] : [sql`coalesce(${fits}, false)`])))} AS fits
  FROM ${steps.table} AS step ${joined(joins, "\n  ")}
  WHERE ${isOfKind(one, sql`step`)}
    AND step.seq NOT IN (SELECT seq FROM begun) AND step.seq NOT IN (SELECT seq FROM handed) AND step.seq NOT IN (SELECT seq FROM edited_since)
    AND (step.entity, step.key) NOT IN (SELECT (entity, key) FROM stopped)
) WHERE fits ORDER BY seq`
    do {
      yield* warehouse.execute(sql`${fill} LIMIT ${Math.max(0, format.rowsAtOnce - filled)}`)
      filled = yield* countRows(ofUpload)
      // Others may take the places of those that are taken out.
    } while (filled > 0 && (yield* leave(one.entity, one.kind)) > 0)
    if (filled >= format.rowsAtOnce) break
  }
  return filled
})

/** Writes the rows of an upload as one of its files, in the order of the steps. */
export const writeRows = (upload: number, { file, header }: RowKind, path: string) =>
  Effect.flatMap(Warehouse, (warehouse) =>
    warehouse.execute(sql`${about(`the rows of ${file}`)}COPY (SELECT ${joined(
      header.map((column, index) => sql`cells[${index + 1}] AS ${quoted(column)}`),
      ", "
    )} FROM handed WHERE upload = ${upload} AND file = ${file} ORDER BY seq)
TO ${path} (FORMAT csv, HEADER true, DELIMITER ',', QUOTE '"', ESCAPE '"', NULLSTR '')`)
  )

/** An entity that a ref may point to: its ledger as it is joined, and the step that changes the record. */
interface Pointed {
  readonly target: LoadedEntity
  readonly known: Sql
  readonly change: Sql
}

interface Column {
  readonly value: Sql
  /** Whether the row can have it; null where it always can. */
  readonly fits: Sql | null
}

/** The columns of the rows of an entity, and what is joined to its steps for them. */
const columnsOf = (
  { entity, kind }: AsRows,
  entities: ReadonlyArray<LoadedEntity>,
  format: RowFormat
): { readonly cells: ReadonlyArray<Column>; readonly joins: ReadonlyArray<Sql> } => {
  const refs = new Set(kind.cells.flatMap((cell) => ("of" in cell && cell.of !== undefined ? [cell.of] : [])))
  // A record that goes is named as it was last written.
  const record = kind.ends === undefined ? sql`step.after` : sql`step.before`
  const joins: Array<Sql> = []
  const pointed = new Map<string, ReadonlyArray<Pointed>>()
  for (const ref of refs) {
    const key = sql`(${record}->>${ref})`
    const targets = entities.filter(({ name }) =>
      entity.refs.some(({ entities: of, field }) => field === ref && of.includes(name))
    )
    pointed.set(
      ref,
      targets.map((target, index) => {
        const [known, change] = [quoted(`${ref}_${index}`), quoted(`${ref}_${index}_change`)]
        joins.push(
          sql`LEFT JOIN ${quoted(target.tables.ledger)} AS ${known} ON ${`${target.name}:`} || ${known}.key = ${key} AND ${known}.presence IN ('present', 'kept')`,
          sql`LEFT JOIN ${steps.table} AS ${change} ON ${change}.entity = ${target.name} AND ${change}.key = ${known}.key AND ${change}.hold IS NULL AND ${change}.after IS NOT NULL AND len(${change}.changed) > 0`
        )
        return { target, known, change }
      })
    )
    const [handed, made] = [quoted(`${ref}_handed`), quoted(`${ref}_step`)]
    joins.push(
      sql`LEFT JOIN handed AS ${handed} ON ${handed}.name = ${key} LEFT JOIN ${steps.table} AS ${made} ON ${made}.seq = ${handed}.seq`
    )
  }
  return { joins, cells: kind.cells.map((cell) => columnOf({ cell, record, entity, pointed, format })) }
}

const columnOf = ({
  cell,
  entity,
  format: { names, roles },
  pointed,
  record
}: {
  readonly cell: RowCell
  readonly record: Sql
  readonly entity: LoadedEntity
  readonly pointed: ReadonlyMap<string, ReadonlyArray<Pointed>>
  readonly format: RowFormat
}): Column => {
  if ("text" in cell) return { value: cell.text === "" ? sql`NULL` : sql`${cell.text}`, fits: null }
  const { as, field, isOptional = false, maxLength, of } = cell
  const targets = of === undefined ? [] : (pointed.get(of) ?? []).filter(({ target }) => target.fields.includes(field))
  const given = (): Sql => {
    if (of === undefined) return sql`(${record}->>${field})`
    return sql`coalesce(${joined([sql`(${quoted(`${of}_step`)}.after->>${field})`, ...targets.map(({ known }) => sql`${known}.${quoted(field)}`)], ", ")})`
  }
  const value = sql`nullif(${as === undefined ? given() : as === "flag" ? flag(given()) : role(given(), roles)}, '')`
  // Rows name records by it.
  const isName = names.some(
    (one) => one.field === field && (of !== undefined || one.resources.includes(entity.load.resource))
  )
  const fits = all([
    sql`trim(${value}) <> ''`,
    // Systems count letters in their own ways, and none counts more than there are bytes.
    ...(maxLength === undefined ? [] : [sql`strlen(${value}) <= ${maxLength}`]),
    // Rows are worked off later: a record that its own step renames is not named before that is through.
    ...targets.map(
      ({ change, known }) =>
        sql`(${quoted(`${of}_step`)}.seq IS NOT NULL OR ${change}.seq IS NULL OR (${change}.after->>${field}) IS NOT DISTINCT FROM ${known}.${quoted(field)})`
    ),
    // Nobody tells how blanks at the ends of a name, or line feeds in it, are read, nor whether a small digit is another one.
    ...(isName
      ? [
          isPlain(value),
          foldsWhole(value),
          sql`${alike(value)} NOT IN (SELECT value FROM shared_name WHERE field = ${field})`
        ]
      : [])
  ])
  if (!isOptional) return { value, fits }
  // A ref that points somewhere must be known.
  const isNone = of === undefined ? sql`${value} IS NULL` : sql`(${record}->>${of}) IS NULL`
  return { value, fits: sql`(${isNone} OR (${fits}))` }
}

const flag = (given: Sql): Sql =>
  sql`CASE lower(coalesce(${given}, 'true')) WHEN 'true' THEN '1' WHEN 'false' THEN '0' END`

const role = (given: Sql, roles: ReadonlyMap<string, string>): Sql =>
  roles.size === 0
    ? sql`NULL`
    : sql`CASE lower(trim(${given})) ${joined(
        [...roles].map(([known, spelled]) => sql`WHEN ${known} THEN ${spelled}`),
        " "
      )} END`
