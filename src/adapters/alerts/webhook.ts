import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { fetch } from "undici"
import { MessageNotSent } from "../../core/ports/messenger.ts"

/** So long somebody may take who has only to listen. */
const patience = 15_000

/** Asks an address that is a secret; any answer but one of success is a failure. Redirects are not followed. */
export const ask = (
  way: string,
  method: "GET" | "POST",
  url: Redacted.Redacted,
  body: Readonly<Record<string, string>> | null
): Effect.Effect<void, MessageNotSent> =>
  Effect.tryPromise({
    try: async (signal) => {
      const answer = await fetch(Redacted.value(url), {
        method,
        redirect: "error",
        signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
        ...(body === null ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } })
      })
      await answer.body?.cancel()
      return answer.status
    },
    // The client's own words may hold the address.
    catch: (error) => new MessageNotSent({ way, detail: causeOf(error) })
  }).pipe(
    Effect.flatMap((status) =>
      status >= 200 && status < 300
        ? Effect.void
        : Effect.fail(new MessageNotSent({ way, detail: `it was answered with ${status}` }))
    )
  )

const causeOf = (error: unknown): string => {
  const { cause, name } = error as { readonly cause?: { readonly code?: unknown }; readonly name?: unknown }
  if (name === "TimeoutError") return `no answer came within ${patience / 1000} seconds`
  return typeof cause?.code === "string"
    ? `the address cannot be reached (${cause.code})`
    : "the address cannot be reached"
}
