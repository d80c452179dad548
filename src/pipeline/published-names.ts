import type { Connector } from "../core/ports/connector.ts"
import { cleanUpWords } from "./clean-ups.ts"
import { pipelineJsonSchema } from "./json-schema.ts"
import { resolved, type SchemaNode } from "./schema-node.ts"

/**
 * The JSON Schema of pipeline files as it is published, with the names that connectors offer, so that editors complete
 * them. `validate` checks a file's form without them, and then each name by the connection that it is asked of.
 */
export const publishedPipelineSchema = (connectors: ReadonlyArray<Connector>): object => {
  const schema = structuredClone(pipelineJsonSchema()) as SchemaNode
  const resources = connectors.flatMap((one) => [...one.resources.values()])
  const offers: ReadonlyArray<readonly [ReadonlyArray<string>, ReadonlyArray<string>]> = [
    [["extract", "datasets", "*", "endpoint"], connectors.flatMap((one) => [...one.collections.keys()])],
    [["load", "entities", "*", "resource"], resources.map(({ resource }) => resource)],
    [["load", "entities", "*", "match_existing", "[]"], resources.flatMap(({ matchable }) => matchable)],
    [["load", "entities", "*", "match_within", "[]"], resources.flatMap(({ within = [] }) => within)]
  ]
  for (const [path, names] of offers) offer(nodeAt(schema, path), names, { pattern: "\\$\\{" })
  const cleanStep = schema.$defs?.["CleanStep"]
  if (cleanStep === undefined) throw new Error("the schema has no CleanStep")
  offer(cleanStep, cleanUpWords, { type: "object" })
  return schema
}

const nodeAt = (root: SchemaNode, path: ReadonlyArray<string>): SchemaNode =>
  path.reduce(
    (node, key) => {
      const member =
        key === "*" ? node.additionalProperties : key === "[]" ? node.items : resolved(node, root).properties?.[key]
      if (typeof member !== "object") throw new Error(`the schema has no ${path.join(".")}`)
      return resolved(member, root)
    },
    resolved(root, root)
  )

/** Offers names at a node, beside another form that it may have. */
const offer = (node: SchemaNode, names: ReadonlyArray<string>, otherwise: object): void => {
  Object.assign(node, { anyOf: [{ enum: [...new Set(names)] }, otherwise] })
}
