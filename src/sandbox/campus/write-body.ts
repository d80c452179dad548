import type { Refusal } from "../http/exchange.ts"
import type { OneRosterRecord } from "./records.ts"

/** Makes the refusal of a write in the shape that is set; `codeMinor` as the standard's document spells it. */
export type Refuse = (codeMinor: string, description: string) => Refusal

/** The record under the one key of a body. An id inside, which need not be there, must be that of the path. */
export const bodyOf = (sent: unknown, key: string, sourcedId: string, refuse: Refuse): OneRosterRecord => {
  const body = isRecord(sent) ? sent[key] : undefined
  if (!isRecord(body)) throw refuse("invalid data", `The body holds no ${key}.`)
  if (body["sourcedId"] !== undefined && body["sourcedId"] !== sourcedId) {
    throw refuse("invalid data", "The sourcedId of the body is not that of the path.")
  }
  return body
}

/** A text that may be left out or null. */
export const textIn = (body: OneRosterRecord, name: string, refuse: Refuse): string | undefined => {
  const value = body[name]
  if (value === undefined || value === null) return undefined
  if (typeof value !== "string") throw refuse("invalid data", `${name} is not a text.`)
  return value
}

/** Whether a value is a date and a time with its zone, `2026-10-01T17:00:00.000Z`. */
export const isDateTime = (value: unknown): value is string =>
  typeof value === "string" &&
  /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/.test(value) &&
  !Number.isNaN(Date.parse(value))

export const withoutUndefined = (record: OneRosterRecord): OneRosterRecord =>
  Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))

const isRecord = (value: unknown): value is OneRosterRecord =>
  value !== null && typeof value === "object" && !Array.isArray(value)
