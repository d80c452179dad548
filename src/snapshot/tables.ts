import type { Table, Temporary } from "../core/table.ts"

/** The tables of this room that live as long as the command, each declared once. */

export const existingTable: Temporary = {
  name: "existing",
  grain: "one row per record that the target has",
  columns: { remote_id: "VARCHAR", fields: "VARCHAR" }
}

export const newcomerTable: Temporary = {
  name: "newcomer",
  grain: "one row per new record",
  columns: { key: "VARCHAR" },
  further: "the fields by which it is looked for, and whether its place is known or unclear"
}

export const ownerTable: Temporary = {
  name: "owner",
  grain: "one row per record of the target that is known already",
  columns: { remote_id: "VARCHAR", entity: "VARCHAR", key: "VARCHAR", wanted: "BOOLEAN" }
}

export const candidateTable: Temporary = {
  name: "candidate",
  grain: "one row per new record, record of the target and owner",
  columns: { key: "VARCHAR", remote_id: "VARCHAR", fields: "JSON", owner_entity: "VARCHAR", owner: "VARCHAR" }
}

export const matchedTable: Temporary = {
  name: "matched",
  grain: "one row per new record that stands at the target",
  columns: { key: "VARCHAR", remote_id: "VARCHAR", matches: "BIGINT", fields: "JSON" }
}

export const keptGoneTable: Temporary = {
  name: "kept_gone",
  grain: "one row per record that stays though it is gone at the source, by its name",
  columns: { name: "VARCHAR" }
}

/** Keys of an entity: new, gone, or other than they were written. */
export const differingOf = (entity: string): Temporary => ({
  name: `differing_${entity}`,
  grain: "one row per key that differs from the ledger",
  columns: { key: "VARCHAR", how: "VARCHAR" }
})

export const editTable: Temporary = {
  name: "edit",
  grain: "one row per record that somebody changed at the target",
  columns: { key: "VARCHAR", edited: "VARCHAR", say: "VARCHAR" }
}

export const foundTable: Temporary = {
  name: "found",
  grain: "one row per record that the target was asked about and has",
  columns: { key: "VARCHAR" }
}

export const scopeNameTable: Temporary = {
  name: "scope_name",
  grain: "one row per school and section",
  columns: { key: "VARCHAR", label: "VARCHAR" }
}

export const chosenTable: Temporary = {
  name: "chosen",
  grain: "one row per record of the part that was asked for",
  columns: { entity: "VARCHAR", key: "VARCHAR", refs: "VARCHAR[]" }
}

export const rekeyedTable: Temporary = {
  name: "rekeyed",
  grain: "one row per record known again under another key",
  columns: { previous: "VARCHAR", now: "VARCHAR" }
}

export const unsureRekeyTable: Temporary = {
  name: "unsure_rekey",
  grain: "one row per record that may be known again, or not",
  columns: { entity: "VARCHAR", key: "VARCHAR" }
}

export const rekeyPairTable: Temporary = {
  name: "rekey_pair",
  grain: "one row per pair of a lost and a new record",
  columns: { rank: "INTEGER", is_sure: "BOOLEAN", previous: "VARCHAR", key: "VARCHAR", shared: "INTEGER" }
}

export const rekeySureTable: Temporary = {
  name: "rekey_sure",
  grain: "one row per pair that is certain",
  columns: { previous: "VARCHAR", key: "VARCHAR", fields: "VARCHAR" }
}

export const rekeyLostTable: Temporary = {
  name: "rekey_lost",
  grain: "one row per record that is gone at the source or in quarantine",
  columns: { key: "VARCHAR", remote_id: "VARCHAR", _school: "VARCHAR", _section: "VARCHAR" },
  further: "the fields of the entity, refs as they are known now"
}

export const rekeyMemberTable: Temporary = {
  name: "rekey_member",
  grain: "one row per roster and member",
  columns: {},
  further: "whose it is, and who is in it"
}

export const rekeyLikelyTable: Temporary = {
  name: "rekey_likely",
  grain: "one row per pair that may be the same record",
  columns: { previous: "VARCHAR", key: "VARCHAR", shared: "INTEGER" }
}

export const rekeyStepTable: Temporary = {
  name: "rekey_step",
  grain: "one row per record known again",
  columns: {},
  further: "those of the change set"
}

export const returnedTable: Temporary = {
  name: "returned",
  grain: "one row per record that was taken away at the target and stands again",
  columns: { entity: "VARCHAR", key: "VARCHAR" }
}

export const sectionCourseTable: Temporary = {
  name: "section_course",
  grain: "one row per section",
  columns: { section: "VARCHAR", course: "VARCHAR" }
}

export const courseNameTable: Temporary = {
  name: "course_name",
  grain: "one row per course",
  columns: { id: "VARCHAR", name: "VARCHAR" }
}

export const sectionSizeTable: Temporary = {
  name: "section_size",
  grain: "one row per section",
  columns: { section: "VARCHAR", before: "BIGINT", after: "BIGINT", after_without_held: "BIGINT" }
}

export const changedSectionTable: Temporary = {
  name: "changed_section",
  grain: "one row per section that the change touches",
  columns: {
    id: "VARCHAR",
    name: "VARCHAR",
    school: "VARCHAR",
    course: "VARCHAR",
    removed: "BIGINT",
    added: "BIGINT",
    changed: "BIGINT",
    held: "BIGINT",
    before: "BIGINT",
    after: "BIGINT",
    after_without_held: "BIGINT"
  }
}

export const takenOverTable: Temporary = {
  name: "taken_over",
  grain: "one row per record that seemed gone and went over to another key",
  columns: { previous: "VARCHAR", now: "VARCHAR", kept: "BOOLEAN" }
}

export const previousTable: Temporary = {
  name: "previous",
  grain: "one row per key, with the key under which it was known",
  columns: { key: "VARCHAR", previous: "VARCHAR", matches: "BIGINT" }
}

export const nameConflictTable: Temporary = {
  name: "name_conflict",
  grain: "one row per record and field that another one holds",
  columns: { entity: "VARCHAR", key: "VARCHAR", field: "VARCHAR", value: "VARCHAR", holder: "VARCHAR" }
}

/** Keys of an entity of which what is wanted differs from the snapshot. */
export const movedOf = (entity: string): Temporary => ({
  name: `moved_${entity}`,
  grain: "one row per key",
  columns: { key: "VARCHAR", how: "VARCHAR" }
})

/** Schools, or sections, that the change touches, with their names. */
export const touchedOf = (scope: "school" | "section"): Temporary => ({
  name: `touched_${scope}`,
  grain: "one row per school, or section",
  columns: { id: "VARCHAR", name: "VARCHAR" }
})

/** Records that snapshots hold on to, because their source rows are in quarantine. */
export const heldOn: Table = {
  name: "held_on",
  grain: "one row per record of a snapshot that was not wanted when it was last frozen",
  columns: { pipeline: "VARCHAR", entity: "VARCHAR", key: "VARCHAR" }
}

/** Records of nights on which later nights may rest. */
export const lastNightTable: Table = {
  name: "last_night",
  grain: "one row per pipeline",
  columns: { pipeline: "VARCHAR", record: "VARCHAR" }
}
