import type { RunRecord } from "../state/runs.ts"

/** The person or schedule that started a run, as people read it. */
export const startedBy = ({ askedBy }: RunRecord): string =>
  askedBy === null ? "by the schedule" : `asked for by ${askedBy}`
