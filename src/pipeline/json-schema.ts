import * as JSONSchema from "effect/JSONSchema"
import { ConnectionsFile, PipelineFile } from "./schema.ts"

/** The JSON Schema of pipeline files, as published in `schemas/`; unknown keys are refused. */
export const pipelineJsonSchema = (): object => JSONSchema.make(PipelineFile)

/** The JSON Schema of connections files. */
export const connectionsJsonSchema = (): object => JSONSchema.make(ConnectionsFile)

/** Text of a published schema file. */
export const schemaText = (schema: object): string => `${JSON.stringify(schema, null, 2)}\n`
