import { guardReference } from "../../src/guards/reference.ts"
import * as OpenApi from "@effect/platform/OpenApi"
import { api } from "../../src/service/http/api.ts"
import { rightsPage } from "../../src/service/http/rights-page.ts"
import { keyReference } from "../../src/pipeline/key-reference.ts"
import { catalogueOf } from "../../src/pipeline/catalogue.ts"
import { cataloguePage } from "../../src/pipeline/catalogue-text.ts"
import { publishedPipelineSchema } from "../../src/pipeline/published-names.ts"
import {
  connectionsJsonSchema,
  pipelineJsonSchema,
  schemaText,
  serviceJsonSchema
} from "../../src/pipeline/json-schema.ts"
import { planJsonSchema, planStepJsonSchema } from "../../src/plan/plan.ts"
import { planSummaryJsonSchema } from "../../src/plan/summary.ts"
import { connectors } from "./definitions.ts"

/** What `schemas/` must hold of definition and plan files, by file name. */
export const published = (): ReadonlyMap<string, string> =>
  new Map([
    ["pipeline.schema.json", schemaText(publishedPipelineSchema(connectors))],
    ["connections.schema.json", schemaText(connectionsJsonSchema(connectors))],
    ["service.schema.json", schemaText(serviceJsonSchema())],
    ["rights.md", rightsPage()],
    ["openapi.json", schemaText(OpenApi.fromApi(api))],
    ["plan.schema.json", schemaText(planJsonSchema())],
    ["plan-step.schema.json", schemaText(planStepJsonSchema())],
    ["plan-summary.schema.json", schemaText(planSummaryJsonSchema())],
    ["pipeline-reference.md", `${keyReference("Keys of a pipeline", pipelineJsonSchema())}\n${guardReference()}`],
    ["catalogue.md", cataloguePage(catalogueOf(connectors))],
    ["connections-reference.md", keyReference("Keys of connections.yaml", connectionsJsonSchema(connectors))],
    ["service-reference.md", keyReference("Keys of service.yaml", serviceJsonSchema())]
  ])
