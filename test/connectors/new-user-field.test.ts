import * as Effect from "effect/Effect"
import { build } from "esbuild"
import { mkdirSync, readFileSync, rmSync } from "node:fs"
import { join } from "node:path"
import { pathToFileURL } from "node:url"
import { afterAll, beforeAll, expect, it } from "vitest"
import type { brightspace } from "../../src/adapters/brightspace/connector.ts"
import type { Connector } from "../../src/core/ports/connector.ts"
import { byRemoteId, TargetReader, TargetWriter } from "../../src/core/ports/target.ts"
import { offerOf } from "../../src/pipeline/offer.ts"
import { type FakeTenant, startTenant } from "../adapters/brightspace/fake-tenant.ts"
import { step } from "../adapters/brightspace/writing.ts"
import { complaints, connectors, gradeOffer, smallPipeline } from "../tools/definitions.ts"

/**
 * A field of a user that rollbook does not write yet takes these three files and no other: what it is, how it is sent and
 * read, and what the wire calls it. Each edit as somebody would make it.
 */
const edits: Readonly<Record<string, ReadonlyArray<readonly [before: string, after: string]>>> = {
  "contracts.ts": [
    [
      '          role,\n          {\n            name: "is_active",\n            kind: "boolean",\n            required: false,\n            description: "whether the person can log in',
      '          { name: "pronouns", kind: "text", required: false, personal: true, description: "how to speak of them" },\n          role,\n          {\n            name: "is_active",\n            kind: "boolean",\n            required: false,\n            description: "whether the person can log in'
    ]
  ],
  "user.ts": [
    ["Pronouns: null", 'Pronouns: step.fields["pronouns"] ?? null'],
    ["Pronouns: held.Pronouns", 'Pronouns: fields["pronouns"]'],
    ['  "is_active"\n] as const', '  "is_active",\n  "pronouns"\n] as const'],
    ["  org_defined_id: user.OrgDefinedId,", "  org_defined_id: user.OrgDefinedId,\n  pronouns: user.Known_as,"]
  ],
  // The wire knows it, and hands it back as it came: here under a name of its own, as a new one would have.
  "wire.ts": [["  Pronouns: text\n", '  Known_as: text.pipe(Schema.fromKey("Pronouns"))\n']]
}

const root = new URL("../..", import.meta.url).pathname
const folder = join(root, "node_modules", ".cache", "rollbook-new-field")

let edited: typeof brightspace
let tenant: FakeTenant
beforeAll(async () => {
  tenant = await startTenant()
  mkdirSync(folder, { recursive: true })
  const touched = new Set<string>()
  await build({
    entryPoints: [join(root, "src/adapters/brightspace/connector.ts")],
    outdir: folder,
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    packages: "external",
    outExtension: { ".js": ".mjs" },
    plugins: [
      {
        name: "edits",
        setup: (building) => {
          building.onLoad({ filter: /adapters\/brightspace\/[^/]+\.ts$/ }, ({ path }) => {
            const name = path.slice(path.lastIndexOf("/") + 1)
            const contents = (edits[name] ?? []).reduce(
              (text, [before, after]) => {
                if (!text.includes(before)) throw new Error(`${name} does not hold: ${before}`)
                touched.add(name)
                return text.replace(before, after)
              },
              readFileSync(path, "utf8")
            )
            return { contents, loader: "ts" }
          })
        }
      }
    ]
  })
  expect([...touched].toSorted()).toEqual(Object.keys(edits).toSorted())
  const made = (await import(/* @vite-ignore */ pathToFileURL(join(folder, "connector.mjs")).href)) as {
    readonly brightspace: typeof brightspace
  }
  edited = made.brightspace
})
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true })
  await tenant.close()
})

const pipeline = smallPipeline(
  `  entities:
    person:
      from: users AS person
      key: person.sourcedId
      fields: { first_name: person.givenName, last_name: person.familyName, username: person.username, org_defined_id: person.sourcedId, role: "'Student'", pronouns: person.middleName }`,
  "\n    person: { resource: user, on_gone: deactivate }"
)

it("is offered to pipelines, which are told today that there is no such field", async () => {
  const offered = (connector: Connector) => offerOf([...connectors.slice(0, 1), connector], null)
  const today = await complaints(pipeline, gradeOffer)
  expect("diagnostics" in today ? today.message : "").toContain("user has no field pronouns")
  expect(await complaints(pipeline, offered(edited))).toMatchObject({
    definition: { load: { entities: [{ resource: "user" }] } }
  })
})

it("is sent when a person is made and when it alone changes, and is shown as it stands", () =>
  Effect.gen(function* () {
    const [reader, writer] = [yield* TargetReader, yield* TargetWriter]
    const fields = {
      first_name: "Jo",
      middle_name: null,
      last_name: "Hart",
      username: "jo.hart",
      email: null,
      org_defined_id: "00124",
      pronouns: "they",
      role: "Student",
      is_active: "true"
    }
    const { remoteId } = yield* writer.perform(step({ resource: "user", action: "create", fields }))
    expect(tenant.users.get(remoteId)).toMatchObject({ FirstName: "Jo", Pronouns: "they" })
    const changed = { ...fields, pronouns: "she" }
    const update = { resource: "user", action: "update", remoteId, before: fields, changed: ["pronouns"] } as const
    yield* writer.perform(step({ ...update, fields: changed }))
    expect(tenant.users.get(remoteId)).toMatchObject({ FirstName: "Jo", Pronouns: "she" })
    const wanted = [{ ...changed, [byRemoteId]: remoteId }]
    const [held] = yield* reader.find({ resource: "user", type: null, matchBy: [byRemoteId], wanted })
    expect(held?.fields).toMatchObject({ first_name: "Jo", pronouns: "she" })
  }).pipe(
    Effect.provide(edited.reader?.(tenant.connection(), "America/Chicago") ?? never()),
    Effect.provide(edited.writer?.(tenant.connection(), "America/Chicago") ?? never()),
    Effect.runPromise
  ))

const never = (): never => {
  throw new Error("the connector reads and writes")
}
