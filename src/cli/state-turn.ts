import * as Effect from "effect/Effect"

/**
 * The turn of whoever opens the state in this process: the system's locks keep other processes from it, and do not tell two
 * owners within one apart.
 */
export const stateTurn = Effect.unsafeMakeSemaphore(1)
