import type { Temporary } from "../core/table.ts"
import { changeTypes, stepTypes } from "./step-columns.ts"

/** The tables of this room that live as long as the command, each declared once. */

export const nextVersionTable: Temporary = {
  name: "next_version",
  grain: "one row: the version of the ledger to come",
  columns: { value: "BIGINT" }
}

export const withdrawnTable: Temporary = {
  name: "withdrawn",
  grain: "one row per approval that was taken back, by its id: what an apply that is taken up again had released by it",
  columns: { approval: "VARCHAR" }
}

export const movedTable: Temporary = {
  name: "moved",
  grain: "one row per record that has another key now",
  columns: { previous: "VARCHAR", key: "VARCHAR" }
}

export const uprootedTable: Temporary = {
  name: "uprooted",
  grain: "one row per record of which what belongs to it is in doubt, by its name",
  columns: { name: "VARCHAR" }
}

export const foldedTable: Temporary = {
  name: "folded",
  grain: "one row per record that was written",
  columns: {
    key: "VARCHAR",
    label: "VARCHAR",
    _school: "VARCHAR",
    _section: "VARCHAR",
    remote_id: "VARCHAR",
    action: "VARCHAR"
  },
  further: "the fields of the entity"
}

export const originsTable: Temporary = {
  name: "origins",
  grain: "one row per record that was written and known before",
  columns: { key: "VARCHAR", origin: "VARCHAR" }
}

export const missedTable: Temporary = {
  name: "missed",
  grain: "one row per record that the target had no more, by its name",
  columns: { name: "VARCHAR" }
}

export const doubtTable: Temporary = {
  name: "doubt",
  grain: "one row per step of which it is not known how it ended",
  columns: {},
  further: "those of a step, and `answered_id`"
}

/** Differences between what is wanted and what was last written, or the steps that take a run back. */
export const changeTable = {
  name: "change",
  grain: "one row per record that differs",
  columns: changeTypes
} satisfies Temporary

export const stepOrderTable: Temporary = {
  name: "step_order",
  grain: "one row per row of the change set",
  columns: { row: "BIGINT", phase: "INTEGER", seq: "BIGINT" }
}

/** The steps of a plan that is read or carried out. */
export const stepTable = { name: "step", grain: "one row per step", columns: stepTypes } satisfies Temporary
