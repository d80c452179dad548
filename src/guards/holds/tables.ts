import type { Table, Temporary } from "../../core/table.ts"

/** The tables of what approvals release and of what an edit holds, each declared once; approvals themselves, and what they released, are in `state/durable.ts`. */

/** How each entity was made in the last good run: the hash of its part of the definition, and the engine's version. */
export const madeByTable: Table = {
  name: "made_by",
  grain: "one row per pipeline and entity",
  columns: { pipeline: "VARCHAR", entity: "VARCHAR", hash: "VARCHAR", engine: "VARCHAR", run: "INTEGER" }
}

/** Whose the tables are of what is read part by part: of a pipeline's name and a dataset's together, more than one pair may come. */
export const partwiseTable: Table = {
  name: "partwise",
  grain: "one row per pipeline and dataset that it reads part by part",
  columns: { pipeline: "VARCHAR", dataset: "VARCHAR" }
}

/** Steps held because of an edit, until they are carried out or vanish. A table that lasts keeps the name it was first made with. */
export const pipelineHoldTable: Table = {
  name: "redefined_hold",
  grain: "one row per step",
  columns: {
    pipeline: "VARCHAR",
    entity: "VARCHAR",
    key: "VARCHAR",
    action: "VARCHAR",
    since: "INTEGER",
    cause: "VARCHAR"
  }
}

export const pendingTable: Temporary = {
  name: "pending",
  grain: "one row per approved operation that is not used up",
  columns: {
    approval: "INTEGER",
    entity: "VARCHAR",
    key: "VARCHAR",
    action: "VARCHAR",
    before: "JSON",
    after: "JSON",
    digest: "VARCHAR",
    even_unproven: "BOOLEAN"
  }
}

export const freedTable: Temporary = {
  name: "freed",
  grain: "one row per held step about a record that an approval names",
  columns: {
    entity: "VARCHAR",
    key: "VARCHAR",
    hold: "VARCHAR",
    action: "VARCHAR",
    before: "JSON",
    after: "JSON",
    approval: "INTEGER",
    approved_action: "VARCHAR",
    approved_before: "JSON",
    approved_after: "JSON",
    same: "BOOLEAN",
    doubtful: "BOOLEAN",
    unknown: "BOOLEAN"
  }
}
