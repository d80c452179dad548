import type { District, Row } from "../district-files.ts"
import { type CollectionName, type CollectionShape, collectionShapes, type Field } from "./fields.ts"

/** A record of the REST binding, with the standard's own keys. */
export type OneRosterRecord = Readonly<Record<string, unknown>>

export interface StoredRecord {
  readonly sourcedId: string
  readonly record: OneRosterRecord
  /** The record as JSON; made when it is first asked for. */
  json: string | null
}

/** The records that Campus gives, in the order of the files. Rehearsals change them. */
export interface Records {
  readonly all: (collection: CollectionName) => ReadonlyArray<StoredRecord>
  readonly get: (collection: CollectionName, sourcedId: string) => StoredRecord | undefined
  /** The records whose reference `field` leads to an id. */
  readonly referring: (collection: CollectionName, field: string, sourcedId: string) => ReadonlyArray<StoredRecord>
  /** Rises with every change of the collection. */
  readonly version: (collection: CollectionName) => number
  /** Creates a record or puts it in the place of the one that was there. Its references may be ids alone. */
  readonly put: (collection: CollectionName, sourcedId: string, record: OneRosterRecord) => StoredRecord
  /** Merges a patch (RFC 7386) into a record, or makes one of it. `dateLastModified` moves to now. */
  readonly merge: (collection: CollectionName, sourcedId: string, patch: OneRosterRecord) => StoredRecord
  /** It vanishes, without a tombstone. False when there is none. */
  readonly remove: (collection: CollectionName, sourcedId: string) => boolean
  /** Puts a copy of a record, under another id, in front of all. */
  readonly insertCopy: (collection: CollectionName, of: StoredRecord) => void
  readonly reset: () => void
}

/** `base` is the address in front of `/orgs`, for references; `stamp` gives the time of a modification. */
export const makeRecords = (district: District, base: string, stamp: () => string): Records => {
  let collections = build(district, base)
  let references = makeReferences()
  const versions = new Map<CollectionName, number>()
  let changes = 0
  const of = (collection: CollectionName): Map<string, StoredRecord> => {
    const found = collections.get(collection) ?? new Map<string, StoredRecord>()
    collections.set(collection, found)
    return found
  }
  const changed = (collection: CollectionName): void => {
    changes++
    versions.set(collection, changes)
  }
  const put = (collection: CollectionName, sourcedId: string, record: OneRosterRecord): StoredRecord => {
    changed(collection)
    const stored = { sourcedId, record: completeReferences(collection, record, base), json: null }
    references.replace(collection, of(collection).get(sourcedId), stored)
    of(collection).set(sourcedId, stored)
    return stored
  }
  return {
    all: (collection) => [...of(collection).values()],
    get: (collection, sourcedId) => of(collection).get(sourcedId),
    referring: (collection, field, sourcedId) => references.to(collection, of(collection), field, sourcedId),
    version: (collection) => versions.get(collection) ?? 0,
    put,
    merge: (collection, sourcedId, patch) => {
      const before = of(collection).get(sourcedId)?.record ?? { sourcedId, status: "active" }
      const merged = mergePatch(before, { ...patch, sourcedId, dateLastModified: stamp() })
      return put(collection, sourcedId, merged as OneRosterRecord)
    },
    remove: (collection, sourcedId) => {
      changed(collection)
      references.replace(collection, of(collection).get(sourcedId), undefined)
      return of(collection).delete(sourcedId)
    },
    insertCopy: (collection, original) => {
      changed(collection)
      const sourcedId = `0-inserted-${changes}`
      const copy: StoredRecord = { sourcedId, record: { ...original.record, sourcedId }, json: null }
      references.replace(collection, undefined, copy)
      collections.set(collection, new Map([[sourcedId, copy], ...of(collection)]))
    },
    reset: () => {
      for (const collection of collectionShapes.keys()) changed(collection)
      collections = build(district, base)
      references = makeReferences()
    }
  }
}

interface References {
  readonly to: (
    collection: CollectionName,
    records: ReadonlyMap<string, StoredRecord>,
    field: string,
    sourcedId: string
  ) => ReadonlyArray<StoredRecord>
  readonly replace: (
    collection: CollectionName,
    before: StoredRecord | undefined,
    after: StoredRecord | undefined
  ) => void
}

/**
 * An index of the records that refer to a record, made for a field when it is first asked for and kept up to date from
 * then on.
 */
const makeReferences = (): References => {
  const indexes = new Map<CollectionName, Map<string, Map<string, Map<string, StoredRecord>>>>()
  const add = (index: Map<string, Map<string, StoredRecord>>, field: string, stored: StoredRecord): void => {
    const target = referredId(stored.record, field)
    if (target === null) return
    const known = index.get(target) ?? new Map<string, StoredRecord>()
    index.set(target, known.set(stored.sourcedId, stored))
  }
  return {
    to: (collection, records, field, sourcedId) => {
      const fields = indexes.get(collection) ?? new Map<string, Map<string, Map<string, StoredRecord>>>()
      indexes.set(collection, fields)
      let index = fields.get(field)
      if (index === undefined) {
        index = new Map()
        for (const stored of records.values()) add(index, field, stored)
        fields.set(field, index)
      }
      return [...(index.get(sourcedId)?.values() ?? [])]
    },
    replace: (collection, before, after) => {
      for (const [field, index] of indexes.get(collection) ?? []) {
        if (before !== undefined) index.get(referredId(before.record, field) ?? "")?.delete(before.sourcedId)
        if (after !== undefined) add(index, field, after)
      }
    }
  }
}

/** The id to which a reference leads; null where there is none. */
export const referredId = (record: OneRosterRecord, field: string): string | null => {
  const value = record[field]
  return isIdentified(value) ? value.sourcedId : null
}

/** The text of a record; kept, so that a page of a large district is put together and not built. */
export const jsonOf = (stored: StoredRecord): string => (stored.json ??= JSON.stringify(stored.record))

const build = (district: District, base: string): Map<CollectionName, Map<string, StoredRecord>> => {
  const collections = new Map<CollectionName, Map<string, StoredRecord>>()
  for (const [name, shape] of collectionShapes) {
    const rows = district.get(name) ?? []
    const children = childrenOf(rows)
    collections.set(
      name,
      new Map(
        rows.map((row) => {
          const sourcedId = row["sourcedId"] ?? ""
          const record = recordOf(row, shape, base, children.get(sourcedId) ?? [])
          return [sourcedId, { sourcedId, record, json: null }]
        })
      )
    )
  }
  return collections
}

const childrenOf = (rows: ReadonlyArray<Row>): ReadonlyMap<string, ReadonlyArray<string>> => {
  const children = new Map<string, Array<string>>()
  for (const row of rows) {
    const parent = row["parentSourcedId"] ?? ""
    if (parent !== "") children.set(parent, [...(children.get(parent) ?? []), row["sourcedId"] ?? ""])
  }
  return children
}

const recordOf = (row: Row, shape: CollectionShape, base: string, children: ReadonlyArray<string>): OneRosterRecord => {
  const record: Record<string, unknown> = {}
  for (const field of shape.fields) {
    const value = field.name === "children" ? children.join(",") : (row[field.column] ?? "")
    if (field.name === "status" && value === "") record["status"] = "active"
    else if (field.name === "dateLastModified" && value === "") record[field.name] = "2020-01-01T00:00:00.000Z"
    else if (value !== "" || field.required) record[field.name] = valueOf(field, value, base)
  }
  const extensions = Object.entries(row).filter(([column, value]) => column.startsWith("metadata.") && value !== "")
  if (extensions.length > 0) {
    record["metadata"] = Object.fromEntries(
      extensions.map(([column, value]) => [column.slice("metadata.".length), value])
    )
  }
  return record
}

const valueOf = (field: Field, value: string, base: string): unknown => {
  switch (field.kind) {
    case "text":
      // CSV carries days where REST carries instants.
      return /^(assign|due)Date$/.test(field.name) && /^\d{4}-\d{2}-\d{2}$/.test(value)
        ? `${value}T00:00:00.000Z`
        : value
    case "boolean":
      return value.toLowerCase()
    case "number":
      return Number(value)
    case "texts":
      return split(value)
    case "ref":
      return reference(field, value, base)
    case "refs":
      return split(value).map((sourcedId) => reference(field, sourcedId, base))
    case "userIds":
      return [...value.matchAll(/\{([^:}]*):([^}]*)\}/g)].map(([, type = "", identifier = ""]) => ({
        type: type.trim(),
        identifier: identifier.trim()
      }))
  }
}

const split = (value: string): ReadonlyArray<string> =>
  value
    .split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "")

const reference = (field: Field, sourcedId: string, base: string): unknown => ({
  href: `${base}/${field.to?.collection ?? ""}/${encodeURIComponent(sourcedId)}`,
  sourcedId,
  type: field.to?.type ?? ""
})

/** A patch may name a record by its id alone. */
const completeReferences = (collection: CollectionName, record: OneRosterRecord, base: string): OneRosterRecord => {
  const completed: Record<string, unknown> = { ...record }
  for (const field of collectionShapes.get(collection)?.fields ?? []) {
    const value = completed[field.name]
    if (field.kind === "ref" && isIdentified(value)) completed[field.name] = reference(field, value.sourcedId, base)
    if (field.kind === "refs" && Array.isArray(value)) {
      completed[field.name] = value.map((one: unknown) =>
        isIdentified(one) ? reference(field, one.sourcedId, base) : one
      )
    }
  }
  return completed
}

const isIdentified = (value: unknown): value is { readonly sourcedId: string } =>
  value !== null && typeof value === "object" && "sourcedId" in value && typeof value.sourcedId === "string"

const mergePatch = (target: unknown, patch: unknown): unknown => {
  if (!isObject(patch)) return patch
  const merged: Record<string, unknown> = isObject(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key]
    else merged[key] = mergePatch(merged[key], value)
  }
  return merged
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value)
