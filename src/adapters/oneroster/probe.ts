import { tell } from "../../core/told.ts"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { OneRosterConnection } from "./settings.ts"
import type { CollectionContract } from "../../core/ports/contracts.ts"
import type { CollectionBehaviour, Finding, Probed, ProbeWish } from "../../core/ports/probe.ts"
import type { SourceError } from "../../core/ports/source.ts"
import type { TargetError } from "../../core/ports/target.ts"
import type { Question } from "./address.ts"
import { type AnsweredRecords, askRecords, type Campus, campusOf, type Refusal } from "./ask.ts"
import { connect, isVersion12 } from "./connect.ts"
import { oneRoster12Collections, oneRosterCollections } from "./contracts.ts"
import { makeGradebook } from "./gradebook/client.ts"
import type { PageRecord } from "./page.ts"
import { probeTags } from "./probe-tags.ts"
import type { Doing } from "../../core/doing.ts"

/** An id that no server has: asked for to see whether a grade book answers at all. */
const nobodysId = "00000000-0000-5000-8000-726f6c6c626b"

/**
 * Asks a OneRoster server how it behaves: each collection that is wished for by a dozen requests (OneRoster 1.1,
 * section 3.4: paging, sorting, filtering, field selection), and the grade book by one. Writes nothing. What is refused
 * is a finding; an error is only that the connection itself cannot be set up.
 */
export const probeOneRoster = Effect.fn("oneroster.probe")(function* (
  connection: OneRosterConnection,
  wish: ProbeWish
): Doing<Probed, SourceError, Scope.Scope> {
  const { authorizer, http, requestsSent } = yield* connect(connection, wish.timezone)
  const campus = campusOf(connection, http, authorizer)
  const known = isVersion12(connection) ? oneRoster12Collections : oneRosterCollections
  const contracts = wish.endpoints.flatMap((endpoint) => known.get(endpoint) ?? [])
  const asked = yield* Effect.forEach(contracts, (contract) => probeCollection(campus, contract))
  const grades = wish.takesGrades ? yield* probeGradebook(connection, wish.timezone) : { findings: [], requests: 0 }
  return {
    connection: connection.name,
    findings: [credentialsOf(asked), ...asked.flatMap((one) => one.findings), ...grades.findings],
    collections: asked.flatMap((one) => (one.behaviour === null ? [] : [one.behaviour])),
    requests: requestsSent() + grades.requests
  }
}, Effect.scoped)

interface ProbedCollection {
  readonly findings: ReadonlyArray<Finding>
  /** Null where it cannot be told. */
  readonly behaviour: CollectionBehaviour | null
  /** Why it cannot be read; null where it can. */
  readonly refused: SourceError | null
}

/**
 * The finding about the credentials. A client that is let in to one collection is known to the server, whatever else it
 * may not read.
 */
const credentialsOf = (asked: ReadonlyArray<ProbedCollection>): Finding => {
  const common = { about: "credentials", endpoint: null }
  const refused = asked.find((one) => one.refused?.reason === "Unauthorized")?.refused
  if (refused != null) return { ...common, state: "failing", says: refused.message }
  return asked.some((one) => one.refused === null)
    ? { ...common, state: "good", says: tell("probe.known", {}) }
    : { ...common, state: "unknown", says: tell("probe.not-read", {}) }
}

const probeCollection = Effect.fn("oneroster.probe-collection")(function* (
  campus: Campus,
  contract: CollectionContract
) {
  const findings: Array<Finding> = []
  const find: Find = (about, state, says) => void findings.push({ about, endpoint: contract.endpoint, state, says })
  const plain: Question = { sort: contract.key, filter: null, fields: [] }
  const inquire = (place: Place, question: Partial<Question> = {}): Effect.Effect<AnsweredRecords | Refusal> =>
    Effect.merge(askRecords(campus, contract, { ...plain, ...question }, place))

  let first = yield* inquire({ limit: campus.pageLimit, offset: 0 })
  const refusesOrder = isRefusal(first) && first.codes.includes("invalidsortfield")
  const order = refusesOrder ? { sort: null } : {}
  if (refusesOrder) first = yield* inquire({ limit: campus.pageLimit, offset: 0 }, order)
  if (isRefusal(first)) {
    find("read", "failing", first.error.message)
    return { findings, behaviour: null, refused: first.error } satisfies ProbedCollection
  }
  const total = first.head.total
  const rows = first.page.rows
  find("read", "good", total === null ? tell("probe.first-page", { rows }) : tell("probe.announced", { rows: total }))
  if (rows === 0) {
    find("paging", "unknown", tell("probe.no-rows", {}))
    return { findings, behaviour: null, refused: null } satisfies ProbedCollection
  }

  const ids = idsOf(first, contract)
  const sortsByKey = !refusesOrder && isInOrder(ids)
  find(
    "order",
    sortsByKey ? "good" : "limited",
    sortsByKey ? tell("probe.order", { key: contract.key }) : tell("probe.no-order", {})
  )

  const after = yield* inquire({ limit: campus.pageLimit, offset: rows }, order)
  const goesOn = !isRefusal(after) && after.page.rows > 0
  const second = yield* inquire({ limit: 1, offset: 1 }, order)
  if (rows > campus.pageLimit) find("paging", "limited", tell("probe.more-than-asked", {}))
  else if (isRefusal(second)) find("paging", "failing", second.error.message)
  else if (isRefusal(after) && total !== null && total > rows) find("paging", "failing", after.error.message)
  else if (rows > 1 && sortsByKey && idsOf(second, contract)[0] !== ids[1])
    find("paging", "failing", tell("probe.no-offset", {}))
  else if (goesOn && rows < campus.pageLimit)
    find("paging", "limited", tell("probe.fewer", { rows, asked: campus.pageLimit }))
  else find("paging", "good", tell("probe.pages", { rows: campus.pageLimit }))

  const sendsMore = total !== null && (rows > total || (goesOn && rows >= total))
  const announcesTotals = total !== null && !sendsMore
  if (announcesTotals) find("totals", "good", tell("probe.totals", {}))
  else if (sendsMore) find("totals", "limited", tell("probe.wrong-total", { total }))
  else find("totals", "limited", tell("probe.no-totals", {}))

  const past = !announcesTotals ? null : yield* inquire({ limit: 1, offset: total }, order)
  if (past !== null && isRefusal(past)) find("end", "limited", `${tell("probe.end-error", {})} ${past.error.detail}`)
  else if (past !== null && past.page.rows === 0) find("end", "good", tell("probe.end", {}))

  yield* probeFilters(contract, inquire, find, ids)
  if (contract.tellsChanges === true) {
    const why = yield* noChanges(contract, inquire, first.records)
    const code = why ?? (announcesTotals ? "probe.by-delta" : "probe.uncounted")
    find(
      "changes since",
      code === "probe.by-delta" ? "good" : "limited",
      tell(code, { field: contract.modified ?? "" })
    )
  }
  const few = yield* inquire({ limit: 1, offset: 0 }, { ...order, fields: [contract.key] })
  const sent = isRefusal(few) ? null : Object.keys(few.records[0] ?? {})
  if (sent === null) find("fields", "limited", tell("probe.no-fields", {}))
  else if (sent.includes("status") || sent.length > 3) find("fields", "limited", tell("probe.all-fields", {}))
  else find("fields", "good", tell("probe.fields", {}))

  const tags = yield* probeTags(campus, contract, { ...plain, ...order }, first)
  find("etags", tags.state, tags.says)

  const behaviour = { endpoint: contract.endpoint, announcesTotals, sortsByKey }
  return { findings, behaviour, refused: null } satisfies ProbedCollection
})

type Find = (about: string, state: Finding["state"], says: string) => void

interface Place {
  readonly limit: number
  readonly offset: number
}

type Inquire = (place: Place, question: Partial<Question>) => Effect.Effect<AnsweredRecords | Refusal>

/** Whether a filter filters, and whether records come that are to be deleted; gives the first. */
const probeFilters = Effect.fnUntraced(function* (
  contract: CollectionContract,
  inquire: Inquire,
  find: Find,
  ids: ReadonlyArray<string>
) {
  const matching = (filter: string): Effect.Effect<AnsweredRecords | Refusal> =>
    inquire({ limit: 2, offset: 0 }, { filter })
  const [id = ""] = ids
  const one = yield* matching(`${contract.key}='${id.replaceAll("'", "''")}'`)
  if (isRefusal(one)) find("filter", "limited", tell("probe.no-filters", {}))
  else if (ids.length > 1 && idsOf(one, contract).join() !== id)
    find("filter", "limited", tell("probe.blind-filters", {}))
  else find("filter", "good", tell("probe.filters", {}))
  const gone = yield* matching("status='tobedeleted'")
  if (isRefusal(gone)) return
  if (gone.records.some((record) => record["status"] === "tobedeleted"))
    find("deletions", "good", tell("probe.deletions", {}))
  else find("deletions", "unknown", tell("probe.no-deletions", {}))
})

/** Why a collection cannot be asked for what changed: nothing comes of later than all, and a known record comes of its own time. */
const noChanges = Effect.fnUntraced(function* (
  { modified }: CollectionContract,
  inquire: Inquire,
  records: ReadonlyArray<PageRecord>
) {
  const since = (instant: string) => inquire({ limit: 1, offset: 0 }, { filter: `${modified}>='${instant}'` })
  const none = yield* since("2999-01-01T00:00:00.000Z")
  if (isRefusal(none) || none.page.rows > 0) return "probe.unfiltered"
  const dated = records
    .map((record) => Date.parse(String(record[modified ?? ""])))
    .filter((time) => !Number.isNaN(time))
  const [time] = dated
  if (time === undefined) return "probe.undated"
  const some = yield* since(new Date(time).toISOString())
  return isRefusal(some) || some.page.rows === 0 ? "probe.leaves-out" : null
})

/** Whether the grade book lets itself be asked, with the vendor's header. What it would take in is not tried. */
const probeGradebook = Effect.fn("oneroster.probe-gradebook")(function* (
  connection: OneRosterConnection,
  timezone: string
) {
  const common = { about: "grade book", endpoint: "/lineItems" }
  const failing = (error: TargetError): Finding => ({ ...common, state: "failing", says: error.message })
  const gradebook = yield* Effect.either(makeGradebook(connection, timezone))
  if (gradebook._tag === "Left") return { findings: [failing(gradebook.left)], requests: 0 }
  const answered = yield* Effect.either(gradebook.right.get("lineItem", nobodysId))
  const finding: Finding =
    answered._tag === "Left" ? failing(answered.left) : { ...common, state: "good", says: tell("probe.gradebook", {}) }
  return { findings: [finding], requests: gradebook.right.requestsSent() }
})

const isRefusal = (answer: AnsweredRecords | Refusal): answer is Refusal => "error" in answer

const idsOf = ({ records }: AnsweredRecords, contract: CollectionContract): ReadonlyArray<string> =>
  records.map((record) => String(record[contract.key]))

/** By code or as numbers: servers do either. */
const isInOrder = (ids: ReadonlyArray<string>): boolean =>
  [(a: string, b: string) => a <= b, (a: string, b: string) => Number(a) <= Number(b)].some((inOrder) =>
    ids.every((id, index) => index === 0 || inOrder(ids[index - 1] ?? "", id))
  )
