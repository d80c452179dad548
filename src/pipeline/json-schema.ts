import * as JSONSchema from "effect/JSONSchema"
import { ConnectionsFile } from "./connections-schema.ts"
import { PipelineFile } from "./schema.ts"

/** The JSON Schema of pipeline files, as published in `schemas/`; unknown keys are refused. */
export const pipelineJsonSchema = (): object => plain(JSONSchema.make(PipelineFile)) as object

/** The JSON Schema of connections files. */
export const connectionsJsonSchema = (): object => plain(JSONSchema.make(ConnectionsFile)) as object

/** Text of a published schema file. */
export const schemaText = (schema: object): string => `${JSON.stringify(schema, null, 2)}\n`

type SchemaNode = Readonly<Record<string, unknown>>

/**
 * A choice between text and a map of keys becomes one schema of both types: keywords for the one say nothing of the
 * other, so that a mistake yields one complaint instead of one for each form that was not meant.
 */
const plain = (node: unknown): unknown => {
  if (Array.isArray(node)) return node.map(plain)
  if (node === null || typeof node !== "object") return node
  const { anyOf, $id: _, ...rest } = node as SchemaNode
  const members = Object.fromEntries(Object.entries(rest).map(([key, member]) => [key, plain(member)]))
  if (!Array.isArray(anyOf)) return members
  const forms = anyOf.map(plain) as ReadonlyArray<SchemaNode>
  return { ...Object.assign({}, ...forms), ...members, type: forms.map((form) => form["type"]) }
}
