import * as Effect from "effect/Effect"
import {
  gradebookWriterLayer,
  type GradebookWriterOptions
} from "../../../../src/adapters/oneroster/gradebook/writer.ts"
import type { OneRosterConnection } from "../../../../src/adapters/oneroster/settings.ts"
import { type TargetError, TargetWriter, type WriteResult, type WriteStep } from "../../../../src/core/ports/target.ts"
import { type Asked, connectionTo, type FakeCampus, type Reply, serve } from "../fake-campus.ts"

/** A gradebook of Infinite Campus in memory, strict as the tester of its makers. Students and scores are invented. */
export interface FakeGradebook {
  readonly campus: FakeCampus
  /** Records by `{kind}/{sourcedId}`, as they were sent. */
  readonly held: Map<string, Record<string, unknown>>
  /** Answers in place of the gradebook's. */
  instead: ((asked: Asked) => Reply | null) | null
  /** Answers writes and forgets them. */
  isForgetful: boolean
}

const classes = new Set(["C1", "C2"])
const students = new Set(["s1", "s2"])

export const startGradebook = async (): Promise<FakeGradebook> => {
  const held: FakeGradebook["held"] = new Map()
  const campus = await serve((asked) => fake.instead?.(asked) ?? answer(asked))
  const fake: FakeGradebook = { campus, held, instead: null, isForgetful: false }

  const answer = (asked: Asked): Reply => {
    if (asked.headers["x-vendor-authorization"] !== "vendor:key") return said(401, "unauthorized", "no vendor")
    const path = asked.url.pathname.split("/v1p1/")[1] ?? ""
    const [, classId, nested] = /^classes\/([^/]+)\/(lineItem|result)s$/.exec(path) ?? []
    if (classId !== undefined && nested !== undefined) return listOf(asked, classId, nested)
    const [, kind = "", id = ""] = /^(lineItem|result)s\/([^/]+)$/.exec(path) ?? []
    if (kind === "") return said(404, "unknown object", "no such route")
    const place = `${kind}/${id}`
    if (asked.method === "GET") {
      const record = held.get(place)
      return record === undefined ? said(404, "unknown object", "") : { body: { [kind]: { sourcedId: id, ...record } } }
    }
    const body = JSON.parse(asked.body) as Record<string, Record<string, unknown>>
    const wrong = refusalOf(kind, body, held)
    if (wrong !== null) return said(422, "invalid data", wrong)
    const isNew = !held.has(place)
    if (!fake.isForgetful) held.set(place, body[kind] ?? {})
    return { status: isNew ? 201 : 200, raw: "" }
  }

  const listOf = (asked: Asked, classId: string, kind: string): Reply => {
    const all = [...held]
      .filter(([place, record]) => place.startsWith(`${kind}/`) && classOf(kind, record) === classId)
      .map(([place, record]) => ({ sourcedId: place.split("/")[1], status: "active", ...record }))
    return { body: { [`${kind}s`]: all.slice(asked.offset, asked.offset + asked.limit) } }
  }

  const classOf = (kind: string, record: Record<string, unknown>): string | undefined =>
    kind === "lineItem" ? idOf(record["class"]) : idOf(held.get(`lineItem/${idOf(record["lineItem"])}`)?.["class"])
  return fake
}

export const said = (status: number, codeMinor: string, description: string): Reply => ({
  status,
  body: {
    statusInfoSet: [
      { imsx_codeMajor: "failure", imsx_severity: "error", imsx_codeMinor: codeMinor, imsx_description: description }
    ]
  }
})

const idOf = (reference: unknown): string | undefined =>
  (reference as { readonly sourcedId?: string } | undefined)?.sourcedId

const members: Record<string, { readonly must: ReadonlyArray<string>; readonly may: ReadonlyArray<string> }> = {
  lineItem: {
    must: ["assignDate", "class", "dueDate", "resultValueMax", "resultValueMin", "title"],
    may: ["description", "gradingPeriod"]
  },
  result: { must: ["lineItem", "scoreDate", "scoreStatus", "student"], may: ["comment", "score"] }
}

/** What the makers' tester would not have sent. */
const refusalOf = (
  kind: string,
  body: Record<string, Record<string, unknown>>,
  held: FakeGradebook["held"]
): string | null => {
  const record = body[kind]
  const known = members[kind]
  if (record === undefined || known === undefined || Object.keys(body).length !== 1) return `not one ${kind}`
  const names = Object.keys(record)
  const missing = known.must.filter((name) => !names.includes(name))
  const strange = names.filter((name) => !known.must.includes(name) && !known.may.includes(name))
  if (missing.length + strange.length > 0) return `missing ${missing.join()}, strange ${strange.join()}`
  for (const [name, value] of Object.entries(record)) {
    if (value === null || value === "") return `${name} is empty`
    if (name.endsWith("Date") && !/^"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"$/.test(JSON.stringify(value)))
      return `${name}: no dateTime`
    if (/^(score|resultValue.*)$/.test(name) && typeof value !== "number") return `${name}: no number`
    if (typeof value === "object" && Object.keys(value).join() !== "sourcedId") return `${name}: sourcedId alone`
  }
  if (kind === "lineItem") return classes.has(idOf(record["class"]) ?? "") ? null : "unknown class"
  if (!held.has(`lineItem/${idOf(record["lineItem"])}`)) return "unknown line item"
  return students.has(idOf(record["student"]) ?? "") ? null : "the student is not on the roster"
}

export const lineItem = (over: Partial<WriteStep> = {}, fields: Record<string, string | null> = {}): WriteStep => ({
  sequence: 1,
  entity: "line_item",
  key: "7001/101",
  resource: "line_item",
  type: null,
  action: "create",
  remoteId: null,
  fields: {
    title: "Essay",
    description: "Two pages",
    assign_date: "2026-10-01",
    due_date: "2026-10-01",
    class: "C1",
    grading_period: null,
    result_value_max: "20",
    result_value_min: null,
    ...fields
  },
  before: {},
  changed: [],
  overwrite: {},
  ...over
})

export const result = (over: Partial<WriteStep> = {}, fields: Record<string, string | null> = {}): WriteStep => ({
  ...lineItem(),
  sequence: 2,
  entity: "result",
  key: "7001/101/301",
  resource: "result",
  fields: {
    line_item: null,
    student: "s1",
    score: "17.5",
    score_status: "fully graded",
    score_date: "2026-10-02 14:00:00",
    comment: null,
    ...fields
  },
  ...over
})

/** Carries out steps one after the other through one writer. */
export const write = (
  fake: FakeGradebook,
  steps: ReadonlyArray<WriteStep>,
  options?: GradebookWriterOptions,
  changes: Partial<OneRosterConnection> = {},
  verb: "perform" | "reconcile" = "perform"
): Promise<ReadonlyArray<WriteResult>> =>
  Effect.runPromise(
    Effect.flatMap(TargetWriter, (writer) => Effect.forEach(steps, writer[verb])).pipe(
      Effect.provide(layerOf(fake, options, changes))
    )
  )

export const refused = async (
  fake: FakeGradebook,
  step: WriteStep,
  options?: GradebookWriterOptions,
  changes: Partial<OneRosterConnection> = {}
): Promise<TargetError> => {
  const [error] = await allRefused(fake, [step], options, changes)
  if (error === undefined) throw new Error("nothing was refused")
  return error
}

export const allRefused = (
  fake: FakeGradebook,
  steps: ReadonlyArray<WriteStep>,
  options?: GradebookWriterOptions,
  changes: Partial<OneRosterConnection> = {}
): Promise<ReadonlyArray<TargetError>> =>
  Effect.runPromise(
    Effect.flatMap(TargetWriter, (writer) => Effect.forEach(steps, (step) => Effect.flip(writer.perform(step)))).pipe(
      Effect.provide(layerOf(fake, options, changes))
    )
  )

const layerOf = (
  fake: FakeGradebook,
  options: GradebookWriterOptions | undefined,
  changes: Partial<OneRosterConnection>
) => gradebookWriterLayer(connectionTo(fake.campus, changes), "America/Chicago", options)
