import * as Effect from "effect/Effect"
import { askerOf } from "../../access/asker.ts"
import { registrationOf } from "../../lti/registered.ts"
import { Access } from "../access.ts"
import { NotFound } from "../contract/errors.ts"
import { Caller } from "../contract/guard.ts"
import type { Asking, CourseMeant } from "../desk.ts"

/** The person who asks; `reveal` as it stands in the address, where the table of routes has looked at it already. */
export const asking = (reveal?: "true" | "false"): Effect.Effect<Asking, never, Caller> =>
  Effect.map(Caller, (caller) => ({ who: caller.who, reveals: reveal === "true", asker: askerOf(caller) }))

/** A course of the address, in the ids of the platform that launched whoever asks. */
export const courseMeant = (named: string): Effect.Effect<CourseMeant, NotFound, Access | Caller> =>
  Effect.gen(function* () {
    const [{ settings }, { launched }] = [yield* Access, yield* Caller]
    if (launched === null) return { named, launchedFrom: null }
    const registration = registrationOf(settings, launched)
    if (registration !== null) return { named, launchedFrom: registration.connection }
    return yield* new NotFound({ message: "the learning platform of this launch is no longer registered" })
  })
