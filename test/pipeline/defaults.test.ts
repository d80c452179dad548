import { expect, it } from "vitest"
import { canonicalJson, sha256 } from "../../src/core/hash.ts"
import { pipelineJsonSchema } from "../../src/pipeline/json-schema.ts"
import { resolved, type SchemaNode } from "../../src/pipeline/schema-node.ts"
import { load, smallPipeline } from "../tools/definitions.ts"

const text = smallPipeline(
  "  entities: { school: { from: orgs AS org, key: org.sourcedId, fields: { name: org.name, code: org.identifier } } }",
  "{ school: { resource: org_unit, type: School, on_gone: keep } }"
)

/** The default of a key, as it is published. */
const published = (path: string): unknown => {
  const root = pipelineJsonSchema() as SchemaNode
  const step = (node: SchemaNode, key: string): SchemaNode => {
    const { additionalProperties, properties = {} } = resolved(node, root)
    const member = key === "*" ? additionalProperties : properties[key]
    if (typeof member !== "object") throw new Error(`the schema has no ${path}`)
    return member
  }
  return path.split(".").reduce(step, resolved(root, root)).default
}

it("takes what is left out as the published schema says", async () => {
  const { definition } = await load(
    text.replace("timezone:", 'schedule: { cron: "0 2 * * *" }\ntimezone:').replace("/users }", "/users, expect: {} }")
  )
  const [entity] = definition.load.entities
  expect({
    "extract.keep_reads": definition.keepReads,
    "extract.datasets.*.expect.min_rows": definition.datasets[0]?.minRows,
    "extract.datasets.*.expect.turned_away.floor": definition.datasets[1]?.turnedAway.floor,
    "load.plan_expires_after_hours": definition.load.planExpiresAfterHours,
    "load.gates.nightly": definition.load.gates.nightly,
    "load.gates.on_demand": definition.load.gates.onDemand,
    "load.entities.*.on_return": entity?.onReturn,
    "schedule.missed": definition.schedule?.missed,
    "schedule.retry.times": definition.schedule?.retry.times,
    "schedule.retry.minutes": definition.schedule?.retry.minutes
  }).toEqual(
    Object.fromEntries(
      [
        "extract.keep_reads",
        "extract.datasets.*.expect.min_rows",
        "extract.datasets.*.expect.turned_away.floor",
        "load.plan_expires_after_hours",
        "load.gates.nightly",
        "load.gates.on_demand",
        "load.entities.*.on_return",
        "schedule.missed",
        "schedule.retry.times",
        "schedule.retry.minutes"
      ].map((path) => [path, published(path)])
    )
  )
})

it("makes its digests from what is written: another default makes no other definition of it", async () => {
  const { definition } = await load(text)
  expect(definition.pieces["dataset orgs"]).toBe(sha256(canonicalJson({ endpoint: "/orgs" })))
  expect(definition.pieces["gates"]).toBe(sha256(canonicalJson(null)))
})
