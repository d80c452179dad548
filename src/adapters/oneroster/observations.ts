import type { CollectionContract } from "../../core/ports/contracts.ts"
import type { CollectionRequest, ReadProof } from "../../core/ports/source.ts"
import type { PageHead } from "./address.ts"
import type { Answered } from "./ask.ts"
import { keptWords, knownCode } from "../http/server-words.ts"
import { wordsOf } from "./refusal.ts"
import type { StatusInfo } from "./status-info.ts"

/** Observations of a crawl so far, and which of the server's statements may be believed. */
export interface Observations {
  readonly rows: () => number
  /** The newest total that the rows have not proven wrong. */
  readonly total: () => number | null
  readonly isSorted: () => boolean
  readonly page: (answered: Answered, offset: number) => void
  readonly warn: (text: string) => void
  readonly notSorted: () => void
  /**
   * Whether the links of a page of `rows` rows, asked for with `limit`, say that it was the last one. `next` is where
   * the next page begins by the rows received. Links that lead astray are named and left alone.
   */
  readonly endsByLink: (head: PageHead, next: number, rows: number, limit: number) => boolean
  readonly proof: (seen: {
    readonly requests: number
    readonly isDelta: boolean
    readonly endRecognisedBy: ReadProof["endRecognisedBy"]
  }) => ReadProof
}

/** Remarks of a server that are kept of one read; a server that remarks on each row says the same thing often. */
const mostSaid = 20

export const makeObservations = (request: CollectionRequest, contract: CollectionContract): Observations => {
  const warnings = new Set<string>()
  const said = new Set<string>()
  let pages = 0
  let rows = 0
  let isSorted = true
  let totalAtStart: number | null = null
  let totalAtEnd: number | null = null
  let isTotalWrong = false
  let sawNextLink = false

  const remarked = (remark: StatusInfo): void => {
    const { code } = knownCode(remark.code)
    warnings.add(`the server sent a warning with its rows${code === undefined ? "" : ` (${code})`}`)
    const { said: words } = keptWords(wordsOf(remark))
    if (words !== undefined && said.size < mostSaid) said.add(words)
  }
  const notSorted = (): void => {
    isSorted = false
    warnings.add(`the server does not sort by ${contract.key}: rows may have moved between pages`)
  }
  const noteTotal = (total: number | null, offset: number, received: number): void => {
    // Some servers count the rows of the page alone, and so announce 0 with the empty one.
    if (total === null || (received === 0 && total === 0 && offset > 0)) return
    if (received > 0 && offset + received > total && !isTotalWrong) {
      isTotalWrong = true
      warnings.add(`the server announced ${total} rows and sent more: its totals are not used`)
    }
    totalAtStart ??= total
    totalAtEnd = total
  }
  const total = (): number | null => (isTotalWrong ? null : totalAtEnd)

  return {
    rows: () => rows,
    total,
    isSorted: () => isSorted,
    page: ({ page, head }, offset) => {
      pages++
      rows += page.rows
      noteTotal(head.total, offset, page.rows)
      for (const remark of page.remarks) {
        if (remark.codeMinor === "invalidsortfield") notSorted()
        else if (remark.codeMinor === "invalidselectionfield") warnings.add("the server sends all fields")
        else if (remark.severity === "warning") remarked(remark)
      }
    },
    warn: (text) => void warnings.add(text),
    notSorted,
    endsByLink: (head, next, received, limit) => {
      if (head.next !== null) {
        sawNextLink = true
        if (head.next === "unreadable") warnings.add("a link to the next page names no offset: it was not used")
        else if (head.next < next) warnings.add("a link to the next page leads back: it was not used")
        else if (head.next > next) warnings.add("a link to the next page leaves out rows: it was not used")
        return false
      }
      if (!sawNextLink && !head.hasLinks) return false
      if (head.last !== null && head.last >= next) return false
      const announced = total()
      if (announced !== null) return next >= announced
      // If no page had a next link, a full one is no sign of the end: the place after it is looked at.
      return sawNextLink || received < limit
    },
    proof: ({ requests, isDelta, endRecognisedBy }) => ({
      dataset: request.dataset,
      endpoint: request.endpoint,
      mode: isDelta ? "delta" : "full",
      requests,
      pages,
      rowsRead: rows,
      totalAtStart: isTotalWrong ? null : totalAtStart,
      totalAtEnd: total(),
      endRecognisedBy,
      sortedByKey: isSorted,
      warnings: [...warnings],
      ...(said.size === 0 ? {} : { said: [...said] })
    })
  }
}
