import type * as Effect from "effect/Effect"
import type { YieldWrap } from "effect/Utils"

/**
 * The generator of an `Effect.fn`, by what its effect gives, fails with and needs: so its types are stated once, where it
 * is written, and are those of the function.
 */
export type Doing<A, E = never, R = never> = Generator<YieldWrap<Effect.Effect<unknown, E, R>>, A, never>
