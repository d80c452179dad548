import type { Temporary } from "../core/table.ts"
import { changeTypes } from "../state/step-columns.ts"

/** The tables of this room that live as long as the command, each declared once. */

export const begunTable: Temporary = {
  name: "begun",
  grain: "one row per step whose sending had begun",
  columns: { seq: "BIGINT" }
}

export const stoppedTable: Temporary = {
  name: "stopped",
  grain: "one row per record that a closed gate stops",
  columns: { entity: "VARCHAR", key: "VARCHAR", gate: "VARCHAR", say: "VARCHAR" }
}

export const carriedOutTable: Temporary = {
  name: "carried_out",
  grain: "one row per step that was carried out",
  columns: {},
  further: "those of a step, and how it ended"
}

export const undoneRunTable: Temporary = {
  name: "undone_run",
  grain: "one row per run that carried the plan out",
  columns: { run: "INTEGER" }
}

export const stoodTable: Temporary = {
  name: "stood",
  grain: "one row per record that stands, by its name",
  columns: { name: "VARCHAR", since: "INTEGER" }
}

export const editedSinceTable: Temporary = {
  name: "edited_since",
  grain: "one row per step over what somebody changed since",
  columns: { seq: "BIGINT", say: "VARCHAR" }
}

export const workTable: Temporary = {
  name: "work",
  grain: "one row per step to send",
  columns: {
    seq: "BIGINT",
    key: "VARCHAR",
    action: "VARCHAR",
    remote_id: "VARCHAR",
    before: "JSON",
    after: "JSON",
    changed: "VARCHAR",
    edited_since: "VARCHAR",
    refs: "VARCHAR"
  }
}

export const handedTable: Temporary = {
  name: "handed",
  grain: "one row per step that goes as a row of a file, by the upload that it is of; 0: it goes by itself after all",
  columns: { seq: "BIGINT", name: "VARCHAR", upload: "INTEGER", file: "VARCHAR", cells: "VARCHAR[]" }
}

export const sharedNameTable: Temporary = {
  name: "shared_name",
  grain: "one row per value by which rows would name several records",
  columns: { field: "VARCHAR", value: "VARCHAR" }
}

export const askedNameTable: Temporary = {
  name: "asked_name",
  grain: "one row per value for which the target was asked, before rows had it",
  columns: { field: "VARCHAR", value: "VARCHAR" }
}

export const exchangeTable: Temporary = {
  name: "exchange",
  grain: "one row per step that exchanges names with another",
  columns: { seq: "BIGINT" }
}

/** Steps that take a run back, and the reasons of those that cannot be taken back. */
export const inverseTable: Temporary = {
  name: "inverse",
  grain: "one row per step that was carried out",
  columns: { ...changeTypes, done: "VARCHAR", unable: "VARCHAR", partly: "VARCHAR" }
}
