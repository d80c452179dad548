import type { Table } from "../core/table.ts"

/** The durable tables beside what is read part by part, each declared once. */

/** What the newest probe of a connection found; findings and collections are JSON. */
export const probeTable: Table = {
  name: "probe",
  grain: "one row per connection",
  columns: { connection: "VARCHAR", probed_at: "VARCHAR", findings: "VARCHAR", collections: "VARCHAR" }
}

/** Academic sessions as a pipeline read them last, when that read was proven whole. */
export const sessionTable: Table = {
  name: "academic_session",
  grain: "one row per pipeline and session",
  columns: {
    pipeline: "VARCHAR",
    id: "VARCHAR",
    title: "VARCHAR",
    type: "VARCHAR",
    parent: "VARCHAR",
    start_date: "DATE",
    end_date: "DATE"
  }
}

/** What people said of single items. */
export const choiceTable: Table = {
  name: "item_choice",
  grain: "one row per pipeline and key",
  columns: { pipeline: "VARCHAR", key: "VARCHAR", choice: "VARCHAR", said_by: "VARCHAR", said_at: "VARCHAR" }
}
