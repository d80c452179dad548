import type { Table, Temporary } from "../core/table.ts"

/** The tables of this room, each declared once: the one that lasts, and those that live as long as the command. */

/**
 * Counts of rows that exports sent, kept with each apply. `persons` counts the people whom the rows done are about; `people`
 * are digests of them, by which somebody in several classes is one: null where an earlier build kept none.
 */
export const runSectionTable: Table = {
  name: "run_section",
  grain: "one row per run, entity, school and section",
  columns: {
    run: "INTEGER",
    entity: "VARCHAR",
    school: "VARCHAR",
    section: "VARCHAR",
    done: "BIGINT",
    failed: "BIGINT",
    stopped: "BIGINT",
    persons: "BIGINT",
    people: "UBIGINT[]"
  }
}

export const toCleanTable: Temporary = {
  name: "to_clean",
  grain: "one row per assignment and reason",
  columns: {
    reason: "VARCHAR",
    say: "VARCHAR",
    teacher: "VARCHAR",
    teacher_name: "VARCHAR",
    section: "VARCHAR",
    course: "VARCHAR",
    title: "VARCHAR",
    assignment: "VARCHAR"
  },
  further: "`students`: who and which result, a list"
}

export const exportedTable: Temporary = {
  name: "exported",
  grain: "one row per step of an export",
  columns: { entity: "VARCHAR", school: "VARCHAR", section: "VARCHAR", outcome: "VARCHAR", person: "VARCHAR" }
}
