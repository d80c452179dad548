import type { Temporary } from "../core/table.ts"

/** The tables of this room that live as long as the command, each declared once. */

export const flappingTable: Temporary = {
  name: "flapping",
  grain: "one row per record that came, went or changed too often",
  columns: { entity: "VARCHAR", key: "VARCHAR" }
}

export const memberTable: Temporary = {
  name: "member",
  grain: "one row per person and class, before or after",
  columns: {
    person: "VARCHAR",
    class: "VARCHAR",
    school: "VARCHAR",
    teaches: "BOOLEAN",
    learns: "BOOLEAN",
    stood: "BOOLEAN",
    stands: "BOOLEAN"
  }
}

export const leavingTable: Temporary = {
  name: "leaving",
  grain: "one row per record that is taken away",
  columns: { person: "VARCHAR" }
}

export const teachingTable: Temporary = {
  name: "teaching",
  grain: "one row per teacher, with students before and after",
  columns: { person: "VARCHAR", before: "BIGINT", after: "BIGINT" }
}

export const losingTeacherTable: Temporary = {
  name: "losing_teacher",
  grain: "one row per teacher who loses every student",
  columns: { person: "VARCHAR" }
}

export const losingStudentTable: Temporary = {
  name: "losing_student",
  grain: "one row per student who is left with no class",
  columns: { person: "VARCHAR" }
}

export const clashTable: Temporary = {
  name: "clash",
  grain: "one row per record that wants what another one keeps",
  columns: { key: "VARCHAR", field: "VARCHAR", holder: "VARCHAR", hold: "VARCHAR" }
}
