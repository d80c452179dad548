import type { Connector } from "../core/ports/connector.ts"
import { columnType, type ColumnContract, type ResourceField } from "../core/ports/contracts.ts"
import { type CleanUp, cleanUps } from "./clean-ups.ts"
import { allowedFunctions } from "./expression.ts"
import { pipelineJsonSchema } from "./json-schema.ts"
import type { SchemaNode } from "./schema-node.ts"

/** Everything that a pipeline may name: what each system offers, and what values are made with. */
export interface Catalogue {
  readonly systems: ReadonlyArray<System>
  readonly cleanUps: ReadonlyArray<CleanUp>
  readonly values: ReadonlyArray<ValueForm>
  /** Functions and operators that an expression may call. */
  readonly functions: ReadonlyArray<string>
}

export interface System {
  /** The value of `type:` in a connection. */
  readonly type: string
  readonly title: string
  readonly collections: ReadonlyArray<Collection>
  readonly resources: ReadonlyArray<Resource>
}

export interface Collection {
  readonly endpoint: string
  /** Column that identifies a record. */
  readonly key: string
  /** Column of the part it is read by; null where it is read whole. */
  readonly part: string | null
  /** Column of the last modification; null where there is none. */
  readonly modified: string | null
  readonly columns: ReadonlyArray<Column>
}

export interface Column {
  readonly name: string
  /** DuckDB type. */
  readonly type: string
  readonly required: boolean
  readonly personal: boolean
  /** Values that are known; null where any will do. Others turn the record away, unless `open`. */
  readonly values: ReadonlyArray<string> | null
  readonly open: boolean
}

export interface Resource {
  readonly resource: string
  readonly description: string
  readonly fields: ReadonlyArray<ResourceField>
  /** Fields by which an existing record is known, and refs within which it is looked for. */
  readonly matchable: ReadonlyArray<string>
  readonly within: ReadonlyArray<string>
  readonly onGone: ReadonlyArray<string>
  readonly type: "required" | "optional" | "none"
}

/** A form in which a value is written, with an example. */
export interface ValueForm {
  readonly form: string
  readonly description: string
  readonly example: unknown
}

export const catalogueOf = (connectors: ReadonlyArray<Connector>): Catalogue => ({
  systems: connectors.map(({ collections, resources, title, type }) => ({
    type,
    title,
    collections: [...collections.values()].map(({ columns, endpoint, key, modified, part }) => ({
      endpoint,
      key,
      part: part ?? null,
      modified,
      columns: columns.map(columnOf)
    })),
    resources: [...resources.values()].map(({ description, fields, matchable, onGone, resource, type, within }) => ({
      resource,
      description,
      fields,
      matchable,
      within: within ?? [],
      onGone,
      type
    }))
  })),
  cleanUps,
  values: valueForms(),
  functions: [...allowedFunctions]
})

const columnOf = (column: ColumnContract): Column => ({
  name: column.name,
  type: columnType(column).text,
  required: column.required === true,
  personal: column.personal === true,
  values: column.values ?? null,
  open: column.isOpen === true
})

/** The forms of a value, as its schema describes them. */
const valueForms = (): ReadonlyArray<ValueForm> => {
  const { properties = {} } = (pipelineJsonSchema() as SchemaNode).$defs?.["Value"] ?? {}
  return Object.entries(properties).flatMap(([form, { description = "", examples = [] }]) =>
    // The others go with one of these.
    examples.length === 0
      ? []
      : [
          {
            form,
            description,
            example: { [form]: examples[0], ...(form === "ref" ? { key: "course.sourcedId" } : {}) }
          }
        ]
  )
}
