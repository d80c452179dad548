import type { EngineLimits } from "../../src/core/ports/warehouse.ts"

/** For districts of a few people: threads that wait for each other cost more than they share. */
export const oneThread: EngineLimits = { memoryLimit: null, threads: 1 }
