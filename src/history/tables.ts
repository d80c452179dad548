import { sql } from "../core/sql.ts"
import type { Temporary } from "../core/table.ts"

/** The tables of this room that live as long as the command, each declared once. */

export const rowOutcomeOverTable: Temporary = {
  name: "row_outcome_over",
  grain: "one row per reason that holds no longer",
  columns: { row: "BIGINT" }
}

export const rowOutcomeNewTable: Temporary = {
  name: "row_outcome_new",
  grain: "one row per entity, key, source and reason that is new",
  columns: {
    dataset: "VARCHAR",
    source: "VARCHAR",
    entity: "VARCHAR",
    key: "VARCHAR",
    verdict: "VARCHAR",
    rule: "VARCHAR",
    say: "VARCHAR",
    refs: "VARCHAR[]"
  }
}

export const rowOutcomeNowTable: Temporary = {
  name: "row_outcome_now",
  grain: "one row per entity, key, source and reason of now",
  columns: {
    dataset: "VARCHAR",
    source: "VARCHAR",
    entity: "VARCHAR",
    key: "VARCHAR",
    verdict: "VARCHAR",
    rule: "VARCHAR",
    say: "VARCHAR",
    refs: "VARCHAR[]"
  }
}

export const sinceTable: Temporary = {
  name: "since",
  grain: "one row per record that a later run wrote",
  columns: { run: "INTEGER", pipeline: "VARCHAR", entity: "VARCHAR", key: "VARCHAR", seq: "BIGINT" }
}

export const differenceTable: Temporary = {
  name: "difference",
  grain: "one row per record whose step is not the same in both plans",
  columns: {
    entity: "VARCHAR",
    key: "VARCHAR",
    how: "VARCHAR",
    first_action: "VARCHAR",
    first_reason: "VARCHAR",
    first_hold: "VARCHAR",
    first_before: "JSON",
    first_after: "JSON",
    second_action: "VARCHAR",
    second_reason: "VARCHAR",
    second_hold: "VARCHAR",
    second_before: "JSON",
    second_after: "JSON"
  }
}

export const sourceFoundTable: Temporary = {
  name: "source_found",
  grain: "one row per source row that was searched for",
  columns: { dataset: "VARCHAR", source: "VARCHAR", run: "INTEGER" }
}

export const subjectTable: Temporary = {
  name: "subject",
  grain: "one row per record that is told of, or refers to one",
  columns: { entity: "VARCHAR", key: "VARCHAR", itself: "BOOLEAN" }
}

export const awayThenTable: Temporary = {
  name: "away_then",
  grain: "one row per record and reason that an earlier run turned away",
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
}

export const awayTodayTable: Temporary = {
  name: "away_today",
  grain: "one row per record and reason that the pipeline of today turns away",
  columns: {
    dataset: "VARCHAR",
    source: "VARCHAR",
    entity: "VARCHAR",
    key: "VARCHAR",
    verdict: "VARCHAR",
    rule: "VARCHAR",
    say: "VARCHAR",
    refs: "VARCHAR[]"
  }
}

/** The steps of one of two plans that are compared. */
export const stepsOf = (side: "first" | "second"): Temporary => ({
  name: `${side}_step`,
  grain: "one row per step",
  columns: {},
  further: "those of a step"
})

/** The records of a resource as the target itself lists them. */
export const thereOf = (resource: string): Temporary => ({
  name: `there_${resource}`,
  grain: "one row per record that the target lists",
  columns: { remote_id: "VARCHAR", within: "VARCHAR", as_of: "TIMESTAMP", is_there: "BOOLEAN" },
  further: "the fields of the resource that are listed"
})

/** Records of the ledger beside what the target lists. */
export const driftTable: Temporary = {
  name: "drift",
  grain: "one row per record of a ledger that was compared",
  columns: {
    entity: "VARCHAR",
    key: "VARCHAR",
    label: "VARCHAR",
    school: "VARCHAR",
    remote_id: "VARCHAR",
    what: "VARCHAR",
    fields: sql`STRUCT(name VARCHAR, written VARCHAR, stands VARCHAR, differs BOOLEAN)[]`
  }
}
