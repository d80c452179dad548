import { keyReference } from "../../src/pipeline/key-reference.ts"
import { connectionsJsonSchema, pipelineJsonSchema, schemaText } from "../../src/pipeline/json-schema.ts"

/** What `schemas/` must hold of the definition files, by file name. */
export const published = (): ReadonlyMap<string, string> =>
  new Map([
    ["pipeline.schema.json", schemaText(pipelineJsonSchema())],
    ["connections.schema.json", schemaText(connectionsJsonSchema())],
    ["pipeline-reference.md", keyReference("Keys of a pipeline", pipelineJsonSchema())],
    ["connections-reference.md", keyReference("Keys of connections.yaml", connectionsJsonSchema())]
  ])
