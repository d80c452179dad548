import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"
import { loadService } from "../../src/pipeline/load-service.ts"

let folder = ""
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "rollbook-service-"))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const load = (text: string | null, variables: Readonly<Record<string, string>> = {}) => {
  const file = join(folder, "service.yaml")
  if (text === null) rmSync(file, { force: true })
  else writeFileSync(file, text)
  return Effect.runPromise(
    Effect.either(loadService(file, "service.yaml", { variable: (name) => variables[name], readFile: () => null }))
  )
}

const complaint = async (text: string, variables: Readonly<Record<string, string>> = {}): Promise<string> => {
  const loaded = await load(text, variables)
  return loaded._tag === "Left" ? loaded.left.message : "valid"
}

it("without a file tells nobody, keeps everything, and listens on loopback alone", async () => {
  const loaded = await load(null)
  expect(loaded._tag === "Right" ? loaded.right : null).toEqual({
    listen: { host: "127.0.0.1", port: 4080 },
    publicUrl: null,
    access: { askAgainMinutes: 5, trustedProxies: ["127.0.0.1", "::1"], lti: [], oidc: null },
    contact: null,
    alerts: {
      noGoodRunForHours: 30,
      credentialsEndWithinDays: 30,
      webhook: null,
      mail: null,
      deadMan: null,
      nightBy: null,
      nightLanguage: null,
      nightTo: null
    },
    keep: { plans: null, reads: null, history: null, quarantine: null, logs: null }
  })
})

it("takes secrets by reference, and keeps them to itself", async () => {
  const loaded = await load("service: { alerts: { webhook: { url: '${env:HOOK}' } } }", {
    HOOK: "https://chat.example/s3cret"
  })
  const webhook = loaded._tag === "Right" ? loaded.right.alerts.webhook : null
  expect(webhook === null ? "" : Redacted.value(webhook)).toBe("https://chat.example/s3cret")
  expect(JSON.stringify(loaded)).not.toContain("s3cret")
})

/** A learning platform without rights. */
const lti =
  "issuer: 'https://a.example', client_id: c, deployment_ids: [d], authorization_url: 'https://a.example/auth', keys_url: 'https://a.example/keys', connection: brightspace"

it.each<[string, string, RegExp]>([
  [
    "a key that there is not",
    "service: { alert: {} }",
    /service\.yaml:1:12: error: there is no key alert here\n[\s\S]*did you mean alerts/
  ],
  [
    "a secret in the open",
    "service: { alerts: { webhook: { url: 'https://chat.example/s3cret' } } }",
    /:1:38: error: a secret stands here in the open/
  ],
  [
    "days without end",
    "service: { keep: { history_days: 1000000000000 } }",
    /error: this must be 100000 at most, not 1000000000000/
  ],
  ["no days at all", "service: { keep: { plans_days: 0 } }", /:1:32: error: this must be 1 or more, not 0/],
  [
    "a public address with a path",
    "service: { public_url: 'https://a.example/b' }",
    /:1:24: error: this must be an origin/
  ],
  [
    "an address without TLS",
    "service: { alerts: { dead_man: { url: '${env:HOOK}' } } }",
    /:1:39: error: this must be an https address/
  ],
  [
    "a variable that is not set",
    "service: { alerts: { dead_man: { url: '${env:NONE}' } } }",
    /:1:\d+: error: the variable NONE is not set/
  ],
  [
    "no address of a mailbox",
    "service: { alerts: { mail: { host: h, from: me, to: [a@b.example] } } }",
    /:1:45: error: this is no address of a mailbox/
  ],
  [
    "mail in the open",
    "service: { alerts: { mail: { host: h, tls: none, from: a@b.example, to: [a@b.example] } } }",
    /:1:44: error: mail without TLS is for loopback alone/
  ],
  [
    "mail to nobody",
    "service: { alerts: { mail: { host: h, from: a@b.example, to: [] } } }",
    /:1:62: error: nobody gets the mail/
  ],
  [
    "a mail of the night without a server",
    "service: { alerts: { night_mail: { by: '06:30' } } }",
    /:1:22: error: there is no mail server to send it by/
  ],
  [
    "a mail of the night at no hour",
    "service: { alerts: { mail: { host: h, from: a@b.example, to: [a@b.example] }, night_mail: { by: 6 o'clock } } }",
    /:1:\d+: error: this is no hour of the day/
  ]
])("tells %s at its place", async (_, text, expected) => {
  const said = await complaint(
    text.replaceAll(/\.\.\.\$lti(, deployment_ids: \[\])?/g, (_, none) =>
      none === undefined ? lti : lti.replace("[d]", "[]")
    ),
    { HOOK: "http://chat.example/s3cret" }
  )
  expect(said).toMatch(expected)
  expect(said).not.toContain("s3cret")
})
