import * as Effect from "effect/Effect"
import type { Answered, Refusal } from "./ask.ts"
import { keysOf, type Page } from "./page.ts"

/** The last record of a page: behind how many it stood, and its key. */
export interface PageEdge {
  readonly offset: number
  readonly key: string
}

/** The edge of a page that was read at an offset; null where its last record has no key that can be read, which landing tells. */
export const edgeOf = (page: Page, offset: number, keyColumn: string): PageEdge | null => {
  const key = keysOf(page, keyColumn, "last")[0]
  return key === undefined ? null : { offset: offset + page.rows - 1, key }
}

/** So many of very many pages, evenly spread: what moves past none of them moved past a hundredth of the collection. */
const mostEdges = 100

/**
 * Whether records moved from page to page while a collection was read. One that goes and another that comes further behind
 * leave the total as it is, and all between them move up: where one page was read before and the next one after, the record
 * between the two is on neither. So the last record of a page is looked for again where it stood. The last page is left out,
 * for there is nothing behind it. What a server refuses here says nothing.
 */
export const haveMoved = (
  edges: ReadonlyArray<PageEdge>,
  keyColumn: string,
  askForOne: (offset: number) => Effect.Effect<Answered, Refusal>,
  concurrency: number
): Effect.Effect<boolean> => {
  const inner = edges.toSorted((a, b) => a.offset - b.offset).slice(0, -1)
  const isAsked = (_: PageEdge, at: number): boolean =>
    inner.length <= mostEdges ||
    Math.floor((at * mostEdges) / inner.length) < Math.floor(((at + 1) * mostEdges) / inner.length)
  const stands = ({ key, offset }: PageEdge): Effect.Effect<void, "moved"> =>
    askForOne(offset).pipe(
      // A server may give more than it is asked for, from further ahead.
      Effect.map(({ page }) => keysOf(page, keyColumn, "all").includes(key)),
      Effect.orElseSucceed(() => true),
      Effect.flatMap((isThere) => (isThere ? Effect.void : Effect.fail("moved" as const)))
    )
  return Effect.forEach(inner.filter(isAsked), stands, { concurrency, discard: true }).pipe(
    Effect.as(false),
    Effect.catchAll(() => Effect.succeed(true))
  )
}
