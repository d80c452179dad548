const isMeasured = ["ROLLBOOK_LOAD", "ROLLBOOK_KILLS"].some((name) => process.env[name] !== undefined)

/**
 * For `node`, where a process lives for seconds: what it would optimize meanwhile costs more than it gains, a fifth of all.
 * Processes that it begins inherit this. Where times are measured, nothing is left out.
 */
export const shortLived: ReadonlyArray<string> = isMeasured ? [] : ["--no-opt"]
