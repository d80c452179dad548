import type { Temporary } from "../core/table.ts"

/** The tables of this room that live as long as the command, each declared once. */

export const chosenStepTable: Temporary = {
  name: "chosen_step",
  grain: "one row per held step that is to be approved",
  columns: {},
  further: "those of a step"
}

export const carriedOutTable: Temporary = {
  name: "carried_out",
  grain: "one row per chosen step whose record was written since",
  columns: {},
  further: "those of the query that fills it"
}

export const doneBeforeTable: Temporary = {
  name: "done_before",
  grain: "one row per step that an interrupted apply had done",
  columns: { seq: "BIGINT" }
}

export const freedTable: Temporary = {
  name: "freed",
  grain: "one row per held step that is let go",
  columns: { entity: "VARCHAR", key: "VARCHAR", hold: "VARCHAR" }
}
