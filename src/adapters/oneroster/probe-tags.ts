import * as Effect from "effect/Effect"
import type { CollectionContract } from "../../core/ports/contracts.ts"
import type { Finding } from "../../core/ports/probe.ts"
import { tell } from "../../core/told.ts"
import type { Question } from "./address.ts"
import { type Answered, ask, askUnlessSame, type Campus } from "./ask.ts"
import { isSamePage } from "./page.ts"
import type { Doing } from "../../core/doing.ts"

/** An ETag that no server gives. */
const nobodysTag = '"rollbook-726f6c6c626b"'

/**
 * Whether a collection can be asked for by the ETags of its last read: its first page gets one, the page is not sent to
 * whoever has that one (RFC 9110, section 13.1.2), and is sent to whoever has another. `first`: the answer to the question
 * at the beginning of the collection. Whether a page that changes gets another ETag is seen by no probe.
 */
export const probeTags = Effect.fn("oneroster.probe-tags")(function* (
  campus: Campus,
  contract: CollectionContract,
  question: Question,
  first: Answered
): Doing<Found> {
  const { etag } = first.head
  if (etag === null) return limited(tell("probe.no-etags", {}))
  const place = { limit: first.limit, offset: 0 }
  const blind = yield* askUnlessSame(campus, contract, question, { ...place, etag: nobodysTag })
  if (blind !== null) return limited(tell("probe.etags-blind", {}))
  const same = yield* askUnlessSame(campus, contract, question, { ...place, etag })
  if (same !== null) return { state: "good", says: tell(campus.asksByTag ? "probe.etags-used" : "probe.etags", {}) }
  const again = yield* Effect.either(ask(campus, contract, question, place))
  if (again._tag === "Left" || !isSamePage(again.right.page, first.page))
    return { state: "unknown", says: tell("probe.etags-moved", {}) }
  return limited(tell(again.right.head.etag === etag ? "probe.etags-unheeded" : "probe.etags-new", {}))
})

type Found = Pick<Finding, "state" | "says">

const limited = (says: string): Found => ({ state: "limited", says })
