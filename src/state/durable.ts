import type { Table } from "../core/table.ts"

/** The durable tables of the state that belong to no single room, each declared once; `tables.ts` has those of entities. */

/** Counters and recipes. */
export const metaTable: Table = {
  name: "meta",
  grain: "one row per name",
  columns: { name: "VARCHAR", value: "VARCHAR" }
}

export const runsTable: Table = {
  name: "runs",
  grain: "one row per run, of whatever kind",
  columns: {
    run: "INTEGER",
    kind: "VARCHAR",
    pipeline: "VARCHAR",
    plan: "VARCHAR",
    started_at: "VARCHAR",
    ended_at: "VARCHAR",
    as_of: "VARCHAR",
    outcome: "VARCHAR",
    report: "VARCHAR",
    asked_by: "VARCHAR"
  }
}

/** How steps ended; it only grows. */
export const outcomeTable: Table = {
  name: "outcome",
  grain: "one row per step and apply",
  columns: {
    run: "INTEGER",
    plan: "VARCHAR",
    seq: "BIGINT",
    entity: "VARCHAR",
    key: "VARCHAR",
    action: "VARCHAR",
    outcome: "VARCHAR",
    wrote: "BOOLEAN",
    remote_id: "VARCHAR",
    reason: "VARCHAR",
    detail: "VARCHAR",
    ended_at: "VARCHAR",
    said: "VARCHAR"
  }
}

/** The sections that applies of a part of a pipeline were for, noted before anything is sent, and those that an apply leaves to one that was at work when it began. */
export const applySectionTable: Table = {
  name: "apply_section",
  grain: "one row per apply and section that it is for, or leaves to another one",
  columns: { run: "INTEGER", pipeline: "VARCHAR", section: "VARCHAR", is_left: "BOOLEAN" }
}

/**
 * Records that came back under another key, of which the ledger has the new one alone. `former` is the previous key: a
 * column that lasts keeps the name that it was first made with, so that the build of yesterday can be put back.
 */
export const movedKeys: Table = {
  name: "moved_key",
  grain: "one row per move",
  columns: { run: "INTEGER", plan: "VARCHAR", entity: "VARCHAR", former: "VARCHAR", key: "VARCHAR" }
}

/** Somebody's yes. `after_run` is the last run there was when it was given. */
export const approvalTable: Table = {
  name: "approval",
  grain: "one row per approval",
  columns: {
    approval: "INTEGER",
    pipeline: "VARCHAR",
    plan: "VARCHAR",
    holds: "VARCHAR",
    approved_by: "VARCHAR",
    why: "VARCHAR",
    approved_at: "VARCHAR",
    expires_at: "VARCHAR",
    withdrawn_at: "VARCHAR",
    even_unproven: "BOOLEAN",
    after_run: "INTEGER",
    steps: "BIGINT",
    set_hash: "VARCHAR"
  }
}

/** The operations of each, by content; their values go when they are over, and nothing else ever does. */
export const approvedTable: Table = {
  name: "approved",
  grain: "one row per operation",
  columns: {
    approval: "INTEGER",
    entity: "VARCHAR",
    key: "VARCHAR",
    action: "VARCHAR",
    before: "JSON",
    after: "JSON",
    digest: "VARCHAR"
  }
}

/** Steps that went because of an approval. */
export const releasedTable: Table = {
  name: "released",
  grain: "one row per step of an apply",
  columns: { approval: "INTEGER", plan: "VARCHAR", run: "INTEGER", seq: "BIGINT" }
}

/**
 * Reasons for which source rows became nothing. `valid_to` is null while one holds; `refs` are the ids that the source
 * row names, as `column:id`.
 */
export const rowOutcomesOf = (pipeline: string): Table => ({
  name: `fate_${pipeline}`,
  grain: "one row per record, reason and span of runs, so that a night on which nothing changes adds nothing",
  columns: {
    dataset: "VARCHAR",
    source: "VARCHAR",
    entity: "VARCHAR",
    key: "VARCHAR",
    verdict: "VARCHAR",
    rule: "VARCHAR",
    say: "VARCHAR",
    refs: "VARCHAR[]",
    valid_from: "INTEGER",
    valid_to: "INTEGER"
  }
})

/** Records that `skip` rules passed over in the last run. */
export const skippedOf = (pipeline: string): Table => ({
  name: `skipped_${pipeline}`,
  grain: "one row per record and rule",
  columns: { entity: "VARCHAR", key: "VARCHAR", rule: "VARCHAR", say: "VARCHAR" }
})

/** Answers that wait to be folded into the ledgers; of this command alone. */
export const answeredTable: Table = {
  name: "answered",
  grain: "one row per answer",
  columns: {
    seq: "BIGINT",
    outcome: "VARCHAR",
    wrote: "BOOLEAN",
    remote_id: "VARCHAR",
    reason: "VARCHAR",
    detail: "VARCHAR",
    said: "VARCHAR",
    doubtful: "BOOLEAN",
    missing: "VARCHAR",
    anew: "BOOLEAN",
    ended_at: "VARCHAR"
  }
}
