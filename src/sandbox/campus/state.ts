import type { OneRosterRecord, Records } from "./records.ts"

/** The grade book: assignments and scores by id, as they read. */
export const stateOf = (records: Records): unknown => gradebookOf(records, (record) => record)

/** The content of the grade book, without instants of writing and without addresses. Ids stay: they are the client's. */
export const digestOf = (records: Records): unknown =>
  gradebookOf(records, (record) =>
    Object.fromEntries(
      Object.entries(record)
        .filter(([name]) => name !== "sourcedId" && name !== "dateLastModified")
        .map(([name, value]) => [name, withoutAddress(value)])
    )
  )

const gradebookOf = (records: Records, written: (record: OneRosterRecord) => unknown): unknown =>
  Object.fromEntries(
    (["lineItems", "results"] as const).map((collection) => [
      collection,
      Object.fromEntries(
        records
          .all(collection)
          .toSorted((a, b) => (a.sourcedId < b.sourcedId ? -1 : 1))
          .map(({ sourcedId, record }) => [sourcedId, written(record)])
      )
    ])
  )

const withoutAddress = (value: unknown): unknown =>
  value !== null && typeof value === "object" && "sourcedId" in value ? value.sourcedId : value
