import * as Effect from "effect/Effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { expect, it } from "vitest"
import { connectionNamed, loadConnections } from "../../src/pipeline/load-connections.ts"
import { connectors, inFolder } from "../tools/definitions.ts"

const variables: Readonly<Record<string, string>> = {
  BASE: "https://campus.example/ims/oneroster/v1p1/",
  SECRET: "hush-hush",
  TWO_LINES: "hush\nhush",
  ALIEN: "hush-ключ",
  EMPTY: ""
}

/** The connection `campus` of a file, or what is wrong with it. */
const connection = (text: string, name = "campus") =>
  inFolder((folder) => {
    const path = join(folder, "connections.yaml")
    writeFileSync(path, text)
    const environment = {
      variable: (one: string) => variables[one],
      readFile: (one: string) => (one === "/run/secrets/key" ? "file-secret\n" : null),
      directory: "/srv/rollbook"
    }
    return Effect.runPromise(
      Effect.merge(
        Effect.flatMap(loadConnections(path, "connections.yaml", connectors, environment), (all) =>
          connectionNamed(all, name)
        )
      )
    )
  })

const campus = (more: Readonly<Record<string, string>> = {}): string => {
  const keys = {
    base_url: "${env:BASE}",
    token_url: "https://campus.example/token",
    client_secret: "${env:SECRET}",
    ...more
  }
  return `connections:
  campus:
    type: oneroster
    base_url: ${keys.base_url}
    auth: { type: oauth2, token_url: "${keys.token_url}", client_id: me, client_secret: "${keys.client_secret}" }
`
}

it("fills in variables and files, and keeps secrets to itself", async () => {
  const made = await connection(campus())
  expect(made).toMatchObject({
    type: "oneroster",
    baseUrl: "https://campus.example/ims/oneroster/v1p1",
    auth: { type: "oauth2", clientId: "me", clientAuth: "basic", scope: [] },
    pageLimit: 10_000,
    asksByTag: false,
    timeoutSeconds: 120,
    budget: { concurrency: 4, requestsPerSecond: 20, peak: null }
  })
  expect(JSON.stringify(made)).not.toContain("hush")
  expect(JSON.stringify(await connection(campus({ client_secret: "${file:/run/secrets/key}" })))).not.toContain(
    "file-secret"
  )
})

it("shows the line of a secret in the open, and not the secret", async () => {
  const said = await connection(campus({ client_secret: "hush-hush-hush" }))
  expect(JSON.stringify(said)).toContain("a secret stands here in the open")
  expect(JSON.stringify(said)).not.toContain("hush")
})

it.each([
  ["a secret in the open", { client_secret: "hush" }, "5:100: error: a secret stands here in the open"],
  ["a variable that is not set", { client_secret: "${env:NONE}" }, "error: the variable NONE is not set"],
  ["a file that is not there", { client_secret: "${file:/none}" }, "error: the file /none cannot be read"],
  ["an empty variable where something is needed", { base_url: "${env:EMPTY}" }, "error: base_url is missing"],
  [
    "plain http",
    { base_url: "http://campus.example/v1p1" },
    "error: this must be an https address; http is for loopback alone"
  ],
  ["no address", { token_url: "campus" }, "error: this is not an address"]
])("refuses %s, at its place", async (_, more, message) => {
  const said = await connection(campus(more))
  expect("diagnostics" in said ? said.message : "").toContain(message)
  expect("diagnostics" in said ? said.diagnostics : []).toHaveLength(1)
})

/** The connection `it` of a few lines. */
const written = (lines: string) => connection(`connections:\n  it:\n${lines.replaceAll(/^/gm, "    ")}\n`, "it")
const said = async (lines: string): Promise<ReadonlyArray<string>> => {
  const made = await written(lines)
  return "diagnostics" in made
    ? made.diagnostics.map((one) => `${one.line}:${one.column}: ${one.message} ${one.hint}`)
    : []
}
const oauth2 = `auth: { type: oauth2, token_url: "https://campus.example/token", client_id: me, client_secret: "\${env:SECRET}" }`
const refreshed = `type: brightspace
url: https://lms.example
auth: { type: refresh_token, token_url: "https://lms.example/token", client_id: me, client_secret: "\${env:SECRET}", token_file: secrets/token }`

it.each([
  [
    "oauth1 without its keys",
    "type: oneroster\nbase_url: https://campus.example\nauth: { type: oauth1 }",
    ["5:5: auth of type oauth1 needs the key consumer_key ", "5:5: auth of type oauth1 needs the key consumer_secret "]
  ],
  [
    "an auth that its type does not know",
    "type: brightspace\nurl: https://lms.example\nauth: { type: oauth1, consumer_key: me }",
    ["5:19: a connection of type brightspace knows no auth oauth1 it knows: private_key_jwt, refresh_token"]
  ],
  [
    "no key at all of a signed assertion",
    'type: brightspace\nurl: https://lms.example\nauth: { type: private_key_jwt, token_url: "https://lms.example/token", client_id: me }',
    ["5:5: auth of type private_key_jwt needs the key private_key or private_key_file "]
  ],
  [
    "a file of a key that is not there",
    'type: brightspace\nurl: https://lms.example\nauth:\n  { type: private_key_jwt, token_url: "https://lms.example/token", client_id: me,\n    private_key_file: keys/none.pem }',
    ["7:9: the file keys/none.pem cannot be read "]
  ],
  [
    "a lowest version that is none",
    `${refreshed}\nversions: { lp: latest }`,
    ["6:21: latest is no version write it as >=1.49"]
  ],
  ["no address", `type: oneroster\n${oauth2}`, ["2:3: a connection of type oneroster needs the key base_url "]],
  [
    "an unknown profile",
    `type: oneroster\nprofile: powerschool\nbase_url: https://campus.example\n${oauth2}`,
    ["4:14: there is no profile powerschool known: infinite_campus, classlink, generic_1_1, generic_1_2"]
  ],
  [
    "peak hours without minutes",
    `type: oneroster\nbase_url: https://campus.example\n${oauth2}\nbudget: { peak: { hours: 7-17, concurrency: 1 } }`,
    ["6:30: 7-17 are no hours of a day write them as 07:00-17:00, from and to; they may go over midnight"]
  ],
  [
    "peak hours that no day has",
    `${refreshed}\nbudget: { peak: { hours: "07:00-25:00", concurrency: 1 } }`,
    ["6:30: 07:00-25:00 are no hours of a day write them as 07:00-17:00, from and to; they may go over midnight"]
  ],
  [
    "data sets without the scope for them",
    `${refreshed.replace("token_file", 'scope: ["grades:*:*"], token_file')}\ndata_sets: { scores: {} }`,
    ["6:5: data_sets needs the scope datasets:bds:read, and auth.scope does not have it "]
  ],
  [
    "rows without the scope for them",
    `${refreshed.replace("token_file", 'scope: ["core:*:*"], token_file')}\nbulk: { source_system: "1042" }`,
    ["6:5: bulk needs the scope ipsis:batch:upload, and auth.scope does not have it "]
  ],
  [
    "hours before the data sets were made",
    `${refreshed}\ndata_sets: { scores: { ask_after_hours: -1 } }`,
    ["6:45: this must be 0 or more, not -1 "]
  ],
  [
    "a wait that no timer can count",
    `${refreshed}\ntimeout_seconds: 3000000`,
    ["6:22: this must be 3600 at most, not 3000000 "]
  ],
  ["a budget of nothing", `${refreshed}\nbudget: { concurrency: 0 }`, ["6:28: this must be 1 or more, not 0 "]],
  [
    "a secret of which a part stands before its reference",
    `type: oneroster\nbase_url: https://campus.example\n${oauth2.replace("${env:SECRET}", "hush${env:SECRET}")}`,
    ["5:100: a secret stands here in the open write ${env:NAME} or ${file:PATH}"]
  ],
  [
    "a header of which a part stands behind its reference",
    `type: oneroster\nbase_url: https://campus.example\n${oauth2}\ngradebook_headers: { x-key: "Bearer \${env:SECRET}", x-vendor: "\${env:SECRET}:hush" }`,
    ["6:67: a secret stands here in the open write ${env:NAME} or ${file:PATH}"]
  ],
  [
    "keys for which its auth or its type has no use",
    `${refreshed.replace("token_file", "consumer_key: me, token_file")}\nbase_url: https://campus.example`,
    [
      "6:5: there is no key base_url here known: type, url, auth, versions, relationships, bulk, data_sets, expires_on, timeout_seconds, budget",
      "5:121: there is no key consumer_key here known: type, token_url, client_id, client_secret, token_file, scope"
    ]
  ],
  [
    "a secret as a default",
    `type: oneroster\nbase_url: https://campus.example\n${oauth2.replace("env:SECRET", "env:SECRET:-hush")}`,
    ["5:100: a secret stands here in the open write ${env:NAME} or ${file:PATH}"]
  ]
])("refuses %s", async (_, lines, messages) => {
  expect(await said(lines)).toEqual(messages)
})

it("takes the file of a token from the workspace, wherever the command was typed", async () => {
  expect(await written(refreshed)).toMatchObject({ auth: { tokenFile: "/srv/rollbook/secrets/token" } })
  expect(await written(refreshed.replace("secrets/token", "/run/token"))).toMatchObject({
    auth: { tokenFile: "/run/token" }
  })
})

it("takes scores from data sets where that is said, and is told how long what is newer may wait", async () => {
  expect(await written(refreshed)).not.toHaveProperty("dataSets")
  expect(await written(`${refreshed}\ndata_sets: { scores: {} }`)).toMatchObject({
    dataSets: { scores: { askAfterHours: 0 } }
  })
  const asked = refreshed.replace("token_file", 'scope: ["datasets:*:*"], token_file')
  expect(await written(`${asked}\ndata_sets: { scores: { ask_after_hours: 30 } }`)).toMatchObject({
    dataSets: { scores: { askAfterHours: 30 } }
  })
})

it("takes plain http on this machine", async () => {
  expect(await connection(campus({ base_url: "http://127.0.0.1:8080/v1p1" }))).toMatchObject({
    baseUrl: "http://127.0.0.1:8080/v1p1"
  })
})

it("names the nearest connection where there is none of that name", async () => {
  const said = await connection(campus(), "campsu")
  expect("diagnostics" in said ? said.message : "").toContain("there is no connection campsu")
  expect("diagnostics" in said ? said.message : "").toContain("did you mean campus?")
})

it("asks for the variables of a connection only when it is asked for", async () => {
  const two = `${campus()}  other:
    type: brightspace
    url: \${env:NONE}
    auth: { type: private_key_jwt, client_id: me }
`
  expect(await connection(two)).toMatchObject({ type: "oneroster" })
  expect(await connection(two, "other")).toHaveProperty("diagnostics")
})

it("refuses a credential with a line end, and what no header can carry, without a word of it", async () => {
  const broken = JSON.stringify(await connection(campus({ client_secret: "${env:TWO_LINES}" })))
  expect(broken).toContain("auth.client_secret holds a line end or another control character")
  const headers = (name: string, value: string) =>
    connection(`${campus()}    gradebook_headers: { ${name}: "${value}" }\n`)
  const alien = JSON.stringify(await headers("x-vendor", "${env:ALIEN}"))
  expect(alien).toContain(
    "gradebook_headers x-vendor: character 6 is a character outside Latin 1, which no header can carry"
  )
  expect(JSON.stringify(await headers('"x vendor"', "${env:SECRET}"))).toContain("this is no name of a header")
  for (const said of [broken, alien]) expect(said).not.toMatch(/hush|ключ/)
  expect(await headers("x-vendor", "${env:SECRET}")).toMatchObject({ type: "oneroster" })
})
