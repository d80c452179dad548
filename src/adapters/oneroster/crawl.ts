import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { CollectionContract } from "../../core/ports/contracts.ts"
import {
  type CollectionPages,
  type CollectionRequest,
  type PageTag,
  type ReadProof,
  SourceError
} from "../../core/ports/source.ts"
import { nameOf } from "../http/request.ts"
import { type PageHead, pageUrl, type Question, questionOf } from "./address.ts"
import { type Answered, ask, type Campus, type Refusal } from "./ask.ts"
import { edgeOf, haveMoved, type PageEdge } from "./edges.ts"
import { makeObservations, type Observations } from "./observations.ts"
import { isSamePage, type Page } from "./page.ts"
import { makePageFiles, sha256OfPage } from "./page-files.ts"
import type { Doing } from "../../core/doing.ts"

/** Result of one crawl of a collection. `discard` removes its files. */
export interface Crawled extends CollectionPages {
  readonly sha256: string
  /** Its pages with their ETags; null where not every page has one, or there are none. */
  readonly tags: ReadonlyArray<PageTag> | null
  /** Why rows may have been missed that a second read could find; null when nothing says so. */
  readonly doubt: string | null
  /** Whether that is because records moved from page to page, which no total shows. */
  readonly moved: boolean
  readonly discard: Effect.Effect<void>
}

/** Requests after which a collection that does not end is given up. */
const mostRequests = 500_000

/**
 * Reads a collection from its first page to its end, once. The offset moves on by the rows received, never by those
 * asked for, since servers give fewer than they are asked for. A short page is not the last one: the end is an empty
 * page, a total that was reached (and one look past it), or a missing next link where there were links.
 * With a total and sorted rows, pages are asked for side by side; else one after the other.
 *
 * Errors: as the server refuses; `Looping` when it takes no notice of the offset; `Disk` when the disk fails.
 */
export const crawl = Effect.fn("oneroster.crawl")(function* (
  campus: Campus,
  contract: CollectionContract,
  request: CollectionRequest,
  prefix: string
): Doing<Crawled, SourceError> {
  const files = makePageFiles(request.directory, prefix)
  const seen = makeObservations(request, contract)
  const diskError = (detail: string): SourceError =>
    collectionError({ campus, contract, reason: "Disk", detail, hint: "Look at the disk of the workspace" })
  const whole = questionOf(request, contract)
  let question = whole
  let requests = 0
  const tags: Array<PageTag | null> = []
  const edges: Array<PageEdge> = []

  const pages: Crawl = {
    campus,
    seen,
    ask: (offset, limit) => {
      requests++
      return ask(campus, contract, question, { limit, offset })
    },
    keep: (answered, offset) => {
      seen.page(answered, offset)
      const edge = edgeOf(answered.page, offset, contract.key)
      if (edge !== null) edges.push(edge)
      const digest = sha256OfPage(answered.page)
      if (campus.asksByTag && answered.page.rows > 0) tags.push(tagOf(answered, offset, digest))
      request.onProgress(seen.rows(), seen.total())
      return Effect.mapError(files.add(answered.page, digest), diskError)
    },
    isEndless: () => requests >= mostRequests,
    looping: () =>
      collectionError({
        campus,
        contract,
        reason: "Looping",
        detail: "the server sends the same rows whatever the offset",
        hint: "Raise paging.limit above the number of rows, or ask the provider"
      })
  }
  /** Filter, order and fields that the server refuses are left out, and that is said. */
  const askFirst: Effect.Effect<Answered, SourceError> = Effect.suspend(() =>
    Effect.catchAll(pages.ask(0, campus.pageLimit), (refusal) => {
      const less = withoutRefused(question, refusal, seen)
      if (less === null) return Effect.fail(refusal.error)
      question = less
      return askFirst
    })
  )

  const [took, first] = yield* Effect.timed(askFirst)
  yield* pages.keep(first, 0)
  const total = seen.total()
  const endRecognisedBy: End =
    first.page.rows === 0
      ? "empty_page"
      : total !== null &&
          total > first.page.rows &&
          mayBe(total, first.page) &&
          seen.isSorted() &&
          campus.concurrency > 1
        ? yield* sideBySide(pages, first.page, total)
        : yield* oneByOne(pages, first.page, { from: first.page.rows, limit: campus.pageLimit, head: first.head })
  const written = yield* Effect.mapError(files.finish, diskError)
  const isDelta = contract.modified !== null && (question.filter ?? "").includes(contract.modified)
  const sha256 = files.sha256()
  const counted = doubtOf(seen.proof({ requests, isDelta, endRecognisedBy }))
  const moved =
    counted === null &&
    endRecognisedBy !== "unproven" &&
    seen.isSorted() &&
    sha256 !== request.wholeBefore &&
    (yield* haveMoved(edges, contract.key, (offset) => pages.ask(offset, 1), campus.concurrency))
  return {
    files: written,
    sha256,
    // A question that leaves something out changes what the pages are named for.
    tags: question === whole && endRecognisedBy !== "whole_collection" && isComplete(tags) ? tags : null,
    doubt: counted ?? (moved ? "records moved from page to page" : null),
    moved,
    // The server looked at its records before it dated the answer, and after it was asked.
    proof: {
      ...seen.proof({ requests, isDelta, endRecognisedBy }),
      ...(first.head.date === null
        ? {}
        : { beganAt: new Date(first.head.date - Math.ceil(Duration.toMillis(took))).toISOString() })
    },
    discard: files.discard
  }
})

/** Why rows may have been missed, by the counts; null when they say nothing. */
const doubtOf = ({ totalAtStart, totalAtEnd, rowsRead }: ReadProof): string | null => {
  if (totalAtStart !== totalAtEnd) return `the total changed from ${totalAtStart} to ${totalAtEnd}`
  return totalAtEnd !== null && rowsRead < totalAtEnd ? `${rowsRead} of ${totalAtEnd} rows came` : null
}

const tagOf = ({ head: { etag }, limit }: Answered, offset: number, sha256: string): PageTag | null =>
  etag === null ? null : { offset, limit, etag, sha256 }

const isComplete = (tags: ReadonlyArray<PageTag | null>): tags is ReadonlyArray<PageTag> =>
  tags.length > 0 && !tags.includes(null)

/** Whether a collection can hold so many rows as were announced, at the size of its first page. */
const mayBe = (total: number, first: Page): boolean => total / first.rows < mostRequests

type End = ReadProof["endRecognisedBy"]

interface Crawl {
  readonly campus: Campus
  readonly seen: Observations
  readonly ask: (offset: number, limit: number) => Effect.Effect<Answered, Refusal>
  readonly keep: (answered: Answered, offset: number) => Effect.Effect<void, SourceError>
  readonly isEndless: () => boolean
  readonly looping: () => SourceError
}

/** Pages at known places, in any order; then on from the announced end. */
const sideBySide = (pages: Crawl, first: Page, total: number): Effect.Effect<End, SourceError> => {
  const step = first.rows
  const starts = Array.from({ length: Math.ceil(total / step) - 1 }, (_, index) => (index + 1) * step)
  let reached = step
  let firstEmpty = Number.POSITIVE_INFINITY
  const readWindow = (from: number, to: number, limit: number): Effect.Effect<void, SourceError> =>
    pages.ask(from, limit).pipe(
      Effect.mapError((refusal) => refusal.error),
      Effect.flatMap((answered) => {
        const { page } = answered
        if (page.rows > 0 && isSamePage(page, first)) return Effect.fail(pages.looping())
        if (page.rows === 0) firstEmpty = Math.min(firstEmpty, from)
        const next = from + page.rows
        reached = Math.max(reached, next)
        // A server may give fewer rows than before: the rest of the window is asked for from where they ended.
        const rest = page.rows > 0 && next < to ? readWindow(next, to, to - next) : Effect.void
        return Effect.zipRight(pages.keep(answered, from), rest)
      })
    )
  // Behind an empty page there is nothing, whatever was announced.
  const readUnlessPast = (from: number): Effect.Effect<void, SourceError> =>
    Effect.suspend(() => (from > firstEmpty ? Effect.void : readWindow(from, Math.min(from + step, total), step)))
  return Effect.forEach(starts, readUnlessPast, {
    concurrency: pages.campus.concurrency,
    discard: true
  }).pipe(Effect.zipRight(Effect.suspend(() => oneByOne(pages, first, { from: reached, limit: step, head: null }))))
}

/** Page after page from `from` to the end. `head` is that of the page before, where its links count. */
const oneByOne = Effect.fnUntraced(function* (
  pages: Crawl,
  first: Page,
  { from, head, limit }: { readonly from: number; readonly limit: number; readonly head: PageHead | null }
): Doing<End, SourceError> {
  const { seen } = pages
  let offset = from
  let before = first
  let link = head
  while (!pages.isEndless()) {
    const total = seen.total()
    const isPast = total !== null && offset >= total
    if (link !== null && seen.endsByLink(link, offset, before.rows, limit)) {
      return isPast ? "total_reached" : "no_next_link"
    }
    const asked = yield* Effect.either(pages.ask(offset, limit))
    if (asked._tag === "Left") {
      const { error } = asked.left
      if (isPast) {
        seen.warn(`past the end the server answers with an error: ${error.detail}`)
        return "total_reached"
      }
      if (total !== null || !mayMeanTheEnd(error)) return yield* error
      seen.warn(
        `after ${seen.rows()} rows the server answered with an error, and no total says whether that was the end: ${error.detail}`
      )
      return "unproven"
    }
    const { page, head: answered } = asked.right
    if (page.rows > 0 && (isSamePage(page, first) || isSamePage(page, before))) {
      if (total !== null && answered.total !== null && answered.total > total) {
        // Rows that come in at the front push the same ones under the next offset. All after them were seen.
        seen.warn("rows came in as fast as they were read")
        return "unproven"
      }
      // Whole when it is all that was announced, or more than was asked for.
      const isWhole = offset === first.rows && (isPast || first.rows > pages.campus.pageLimit)
      if (!isWhole) return yield* pages.looping()
      seen.warn("the server does not page: it sends the whole collection each time")
      return isPast ? "total_reached" : "whole_collection"
    }
    yield* pages.keep(asked.right, offset)
    if (page.rows === 0) return isPast ? "total_reached" : "empty_page"
    offset += page.rows
    before = page
    link = answered
  }
  return yield* pages.looping()
})

/** Answers that servers have been seen to give past the end. Refused credentials and no answer at all are not among them. */
const mayMeanTheEnd = (error: SourceError): boolean =>
  error.reason === "NotFound" || error.reason === "Refused" || error.status === 416 || error.status === 500

/** The question without what the server named in its refusal; null when it named nothing that can be left out. */
const withoutRefused = (question: Question, { codes }: Refusal, seen: Observations): Question | null => {
  if (codes.includes("invalidfilterfield") && question.filter !== null) {
    seen.warn("the server refuses the filter: all rows were read")
    return { ...question, filter: null }
  }
  if (codes.includes("invalidsortfield") && question.sort !== null) {
    seen.notSorted()
    return { ...question, sort: null }
  }
  if (codes.some((code) => /^invalid(blank)?selectionfield$/.test(code)) && question.fields.length > 0) {
    seen.warn("the server refuses to select fields: all were read")
    return { ...question, fields: [] }
  }
  return null
}

const collectionError = ({
  campus,
  contract,
  reason,
  detail,
  hint
}: {
  readonly campus: Campus
  readonly contract: CollectionContract
  readonly reason: "Looping" | "Disk"
  readonly detail: string
  readonly hint: string
}): SourceError => {
  const url = pageUrl(
    campus.baseUrl,
    contract.endpoint,
    { sort: null, filter: null, fields: [] },
    { limit: 0, offset: 0 }
  )
  return new SourceError({ reason, connection: campus.name, request: nameOf({ method: "GET", url }), detail, hint })
}
