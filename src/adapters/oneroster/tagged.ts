import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { CollectionContract } from "../../core/ports/contracts.ts"
import type { PageTag, ReadProof, TaggedRead } from "../../core/ports/source.ts"
import type { PageHead, Question } from "./address.ts"
import { ask, askUnlessSame, type Campus } from "./ask.ts"

/**
 * Asking for a collection by the ETags of its last read (`If-None-Match`, RFC 9110, section 13.1.2). It is as it was where
 * the server says so of every page, and has nothing behind the last of them; otherwise it is read as ever.
 */

/** The proof of such a read; null where any page is another, or nobody can tell. `question`: the one that was asked then. */
export const readUnlessSame = Effect.fn("oneroster.read-unless-same")(function* (
  campus: Campus,
  contract: CollectionContract,
  question: Question,
  { pages, proof }: TaggedRead
) {
  const unlessTotalMoved = (head: PageHead): Effect.Effect<PageHead, null> =>
    head.total === null || proof.totalAtEnd === null || head.total === proof.totalAtEnd
      ? Effect.succeed(head)
      : Effect.fail(null)
  const same = (page: PageTag): Effect.Effect<PageHead, null> =>
    Effect.flatMap(askUnlessSame(campus, contract, question, page), (head) =>
      head === null ? Effect.fail(null) : unlessTotalMoved(head)
    )
  const nothingBehind = ask(campus, contract, question, { limit: 1, offset: proof.rowsRead }).pipe(
    Effect.mapError(() => null),
    Effect.flatMap(({ head, page }) => (page.rows === 0 ? unlessTotalMoved(head) : Effect.fail(null)))
  )
  const [first, ...others] = pages
  if (first === undefined) return null
  return yield* Effect.gen(function* () {
    // Alone: where it is another, so are most others.
    const [took, head] = yield* Effect.timed(same(first))
    yield* nothingBehind
    yield* Effect.forEach(others, same, { concurrency: campus.concurrency, discard: true })
    const { beganAt: _, ...before } = proof
    return {
      ...before,
      requests: pages.length + 1,
      notModified: true,
      ...(head.date === null ? {} : { beganAt: new Date(head.date - Math.ceil(Duration.toMillis(took))).toISOString() })
    } satisfies ReadProof
  }).pipe(Effect.catchAll(() => Effect.succeed(null)))
})

/** Whether a server's ETags tell, by what an earlier read saw and by the pages of this one. */
export const honestyOf = (before: TaggedRead | null, pages: ReadonlyArray<PageTag>): boolean | null => {
  if (before === null || before.honest === false) return before?.honest ?? null
  const places = new Map(before.pages.map((page) => [`${page.offset} ${page.limit}`, page]))
  const others = pages.flatMap((page) => {
    const was = places.get(`${page.offset} ${page.limit}`)
    return was === undefined || was.sha256 === page.sha256 ? [] : [was.etag === page.etag]
  })
  return others.includes(true) ? false : others.length > 0 || before.honest
}
