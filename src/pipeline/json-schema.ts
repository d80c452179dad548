import * as JSONSchema from "effect/JSONSchema"
import type { Connector } from "../core/ports/connector.ts"
import { connectionsFile } from "./connections-schema.ts"
import { PipelineFile } from "./schema.ts"
import { ServiceFile } from "./service-schema.ts"
import { resolved, type SchemaNode, typesOf } from "./schema-node.ts"

/** The JSON Schema of pipeline files; unknown keys are refused. */
export const pipelineJsonSchema = (): object => (pipelineForm ??= plain(JSONSchema.make(PipelineFile)) as object)

let pipelineForm: object | undefined

/** The JSON Schema of connections files, as published in `schemas/`. */
export const connectionsJsonSchema = (connectors: ReadonlyArray<Connector>): object =>
  plain(JSONSchema.make(connectionsFile(connectors))) as object

/** The JSON Schema of `service.yaml`. */
export const serviceJsonSchema = (): object => (serviceForm ??= plain(JSONSchema.make(ServiceFile)) as object)

let serviceForm: object | undefined

/** Text of a published schema file. */
export const schemaText = (schema: object): string => `${JSON.stringify(schema, null, 2)}\n`

/**
 * Rewrites choices so that a mistake yields one complaint instead of one for each form that was not meant. Forms with a key
 * `type` are told apart by that. A choice between text and a map of keys becomes one schema of both types: keywords for the
 * one say nothing of the other.
 */
const plain = (node: unknown, root: unknown = node): unknown => {
  if (Array.isArray(node)) return node.map((one) => plain(one, root))
  if (node === null || typeof node !== "object") return node
  const { anyOf, $id: _, ...rest } = node as SchemaNode & { readonly $id?: string }
  const members = Object.fromEntries(Object.entries(rest).map(([key, member]) => [key, plain(member, root)]))
  if (anyOf === undefined) return members
  const forms = anyOf.map((one) => plain(one, root)) as ReadonlyArray<SchemaNode>
  const isTagged = anyOf.every((form) => typesOf(resolved(form, root as SchemaNode)).length === 1)
  if (isTagged) return { ...members, type: "object", required: ["type"], discriminator, oneOf: forms }
  if (forms.some((form) => form.type === undefined)) return { ...members, anyOf: forms }
  return { ...Object.assign({}, ...forms), ...members, type: forms.map((form) => form.type) }
}

const discriminator = { propertyName: "type" }
