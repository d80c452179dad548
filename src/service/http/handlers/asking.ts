import * as Effect from "effect/Effect"
import { askerOf } from "../../access/asker.ts"
import { Caller } from "../contract/guard.ts"
import type { Asking } from "../desk.ts"

/** The person who asks; `reveal` as it stands in the address, where the table of routes has looked at it already. */
export const asking = (reveal?: "true" | "false"): Effect.Effect<Asking, never, Caller> =>
  Effect.map(Caller, (caller) => ({ who: caller.who, reveals: reveal === "true", asker: askerOf(caller) }))
