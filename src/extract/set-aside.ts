import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import { about, joined, type Sql, sql, texts } from "../core/sql.ts"
import type { CollectionContract } from "../core/ports/contracts.ts"
import type { PageFile } from "../core/ports/source.ts"
import { onDisk, removeAll, type StoreError, writeOwnFile } from "../core/ports/disk.ts"
import { Count, Warehouse, type WarehouseError } from "../core/ports/warehouse.ts"
import { readPages, unreadable } from "./landing-statement.ts"
import { recordsIn, whatIsWrong } from "./record-text.ts"
import type { Doing } from "../core/doing.ts"

/**
 * Finds the records that the engine refuses, of which one takes all of a page down: half a surrogate pair, a raw line end
 * inside a text, a name twice. Each is put aside in its page file: in its place stands its id, where that can be read,
 * and the reason. Files without such a record stay as they are.
 */
export const setAside = Effect.fn("extract.set-aside")(function* (
  contract: CollectionContract,
  files: ReadonlyArray<PageFile>
): Doing<void, WarehouseError | StoreError, Warehouse> {
  const warehouse = yield* Warehouse
  for (const file of files) {
    const read = warehouse.execute(
      sql`${about(`can all of one page file of ${contract.endpoint} be read?`)}SELECT count(record) FROM (${readPages(contract, [file], "typed")})`
    )
    if ((yield* Effect.either(read))._tag === "Left") yield* mend(contract, file)
  }
})

const Refused = Schema.Struct({ position: Count, valid: Schema.Boolean })

const what = "put a record aside that cannot be read"

const mend = Effect.fn("extract.mend")(function* (contract: CollectionContract, file: PageFile) {
  const warehouse = yield* Warehouse
  const records = yield* onDisk(what, file.path, (disk) =>
    Effect.map(disk.readFile(file.path), (bytes) =>
      recordsIn(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
    )
  )
  // Not a page of records any more: the engine says what is wrong with it.
  if (records?.length !== file.rows) return
  const textsFile = `${file.path}.records`
  yield* onDisk(what, textsFile, (disk) => writeOwnFile(disk, textsFile, JSON.stringify({ records })))
  const refused = yield* warehouse
    .rows(
      sql`${about(`records of one page file of ${contract.endpoint} that cannot be read`)}SELECT position, valid FROM (
  SELECT position, json_valid(text) AS valid, CASE WHEN json_valid(text) THEN ${saysTwice(contract)} END AS twice FROM (
    SELECT unnest(records) AS text, unnest(range(len(records))) AS position
    FROM read_json(${textsFile}, format = 'unstructured', maximum_object_size = ${largestFileBytes}, columns = {records: 'VARCHAR[]'})))
WHERE NOT valid OR twice`,
      Refused
    )
    .pipe(Effect.ensuring(Effect.ignore(onDisk(what, textsFile, (disk) => removeAll(disk, textsFile)))))
  for (const row of refused) {
    const text = records[row.position] ?? ""
    records[row.position] = JSON.stringify(standIn(contract, text, row.valid))
  }
  // Put together anew: what stood between two records may be what could not be read.
  const page = `${records.join("\n")}\n`
  yield* onDisk(what, file.path, (disk) => writeOwnFile(disk, file.path, page))
})

/** A page file holds a few megabytes, or one record; as a text inside a text every character of it may be two. */
const largestFileBytes = 67_108_864

/** The record that stands in a page in place of one that cannot be read. */
const standIn = (contract: CollectionContract, text: string, isWellFormed: boolean): object => {
  const names = [contract.key, ...(contract.part === undefined ? [] : [contract.part])]
  const { reason, values } = whatIsWrong(text, isWellFormed, names)
  return { ...values, [unreadable]: reason }
}

/** Whether a name that is read stands twice in a record or in an object of it, over the record's `text`. */
const saysTwice = (contract: CollectionContract): Sql => {
  const within = new Map<string, Set<string>>()
  const note = (path: string, name: string): void => {
    within.set(path, (within.get(path) ?? new Set()).add(name))
  }
  for (const column of contract.columns) {
    let path = "$"
    for (const name of column.path ?? [column.name]) {
      note(path, name)
      path += `."${name}"`
    }
    if (contract.refKey !== undefined) {
      if (column.kind === "ref") note(path, contract.refKey)
      if (column.kind === "refs") note(`${path}[*]`, contract.refKey)
    }
    if (column.otherwise === undefined) continue
    const { list: records, member, prefer } = column.otherwise
    note("$", records)
    for (const name of [member, ...(prefer === undefined ? [] : [prefer.member])]) note(`$."${records}"[*]`, name)
  }
  const hasTwice = (keys: Sql, names: ReadonlySet<string>): Sql => {
    const known = sql`list_filter(${keys}, lambda name: list_contains(${texts([...names])}, name))`
    return sql`len(${known}) > len(list_distinct(${known}))`
  }
  const checks = [...within].map(([path, names]) =>
    path.endsWith("[*]")
      ? sql`len(list_filter(json_extract(text, ${path}), lambda one: ${hasTwice(sql`json_keys(one)`, names)})) > 0`
      : hasTwice(sql`json_keys(text, ${path})`, names)
  )
  return joined(
    checks.map((check) => sql`coalesce(${check}, false)`),
    " OR "
  )
}
