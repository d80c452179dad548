import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from "jose"
import { beforeAll, describe, expect, it } from "vitest"
import type { LtiRegistration } from "../../src/pipeline/access-settings.ts"
import { withoutVariables } from "../../src/service/lti/claims.ts"
import { grantOf } from "../../src/service/lti/grant.ts"
import { isSameBrowser, makePendings } from "../../src/service/access/pending.ts"
import { type Launch, verifyLaunch } from "../../src/service/lti/verify.ts"

const registration: LtiRegistration = {
  issuer: "https://tenant.example",
  clientId: "rollbook-client",
  deploymentIds: ["deployment-1", "deployment-2"],
  authorizationUrl: "https://tenant.example/authorize",
  keysUrl: "https://tenant.example/keys",
  connection: "platform",
  rolesInCourse: { Instructor: ["see grades", "export grades"], Auditor: ["see grades"] },
  rolesInOrganization: { Administrator: ["see console", "run updates"] }
}
const now = Date.parse("2026-10-01T12:00:00Z")
const target = "https://rollbook.example/"
const nonce = "the-nonce"
const lti = (name: string): string => `https://purl.imsglobal.org/spec/lti/claim/${name}`

/** What the tenant sends for a teacher; a value of undefined is left out. */
const claims = (changed: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  iss: registration.issuer,
  aud: registration.clientId,
  sub: "0b2f_4711",
  iat: now / 1000 - 5,
  exp: now / 1000 + 300,
  nonce,
  name: "Olivia Hernandez",
  [lti("message_type")]: "LtiResourceLinkRequest",
  [lti("version")]: "1.3.0",
  [lti("deployment_id")]: "deployment-1",
  [lti("target_link_uri")]: target,
  [lti("roles")]: ["http://purl.imsglobal.org/vocab/lis/v2/membership#Administrator"],
  [lti("context")]: {
    id: "6601",
    title: "1200 2 Grade 9 English",
    type: ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"]
  },
  [lti("launch_presentation")]: { locale: "es-MX" },
  ...changed
})

let own: Awaited<ReturnType<typeof generateKeyPair>>
let others: Awaited<ReturnType<typeof generateKeyPair>>
let keys: ReturnType<typeof createLocalJWKSet>
beforeAll(async () => {
  ;[own, others] = await Promise.all([generateKeyPair("RS256"), generateKeyPair("RS256")])
  keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(own.publicKey)), kid: "1" }] })
})

const signed = (payload: Record<string, unknown>, key = own.privateKey, kid = "1"): Promise<string> =>
  new SignJWT(payload).setProtectedHeader({ alg: "RS256", kid }).sign(key)

const verdict = async (token: string, pending = { registration, nonce, target }): Promise<Launch | string> => {
  const verified = await Effect.runPromise(Effect.either(verifyLaunch(token, pending, keys, now)))
  return Either.isRight(verified) ? verified.right : verified.left.reason
}

it("takes a launch of the tenant, and leaves out what it says of roles", async () => {
  expect(await verdict(await signed(claims()))).toEqual({
    subject: "0b2f_4711",
    name: "Olivia Hernandez",
    course: { id: "6601", title: "1200 2 Grade 9 English" },
    language: "es-MX"
  })
})

it.each<[string, Readonly<Record<string, unknown>>, string]>([
  ["another tenant", { iss: "https://other.example" }, "issuer"],
  ["another tool", { aud: "other" }, "audience"],
  ["several tools, and none is named", { aud: [registration.clientId, "other"] }, "audience"],
  ["another party", { azp: "other" }, "audience"],
  ["another request", { nonce: "another" }, "nonce"],
  ["no request", { nonce: undefined }, "nonce"],
  ["another deployment", { [lti("deployment_id")]: "deployment-3" }, "deployment"],
  ["no deployment", { [lti("deployment_id")]: undefined }, "deployment"],
  ["an hour ago", { iat: now / 1000 - 3700, exp: now / 1000 - 3400 }, "age"],
  ["long ago, and without an end in sight", { iat: now / 1000 - 3700, exp: now / 1000 + 9e6 }, "age"],
  ["a future day", { iat: now / 1000 + 3600, exp: now / 1000 + 3900 }, "age"],
  ["no time", { iat: undefined }, "age"],
  ["no end", { exp: undefined }, "age"],
  ["another message", { [lti("message_type")]: "LtiDeepLinkingRequest" }, "message"],
  ["another version", { [lti("version")]: "1.1" }, "message"],
  ["another target", { [lti("target_link_uri")]: "https://rollbook.example/elsewhere" }, "target"],
  ["nobody", { sub: undefined }, "person"],
  ["a person whom nobody filled in", { sub: "$User.id" }, "person"],
  ["a form of its own", { [lti("context")]: "6601" }, "malformed"]
])("refuses a launch of %s", async (_, changed, reason) => {
  expect(await verdict(await signed(claims(changed)))).toBe(reason)
})

it("refuses what is signed by another, by a key that is not known, by nobody, or is no launch at all", async () => {
  expect(await verdict(await signed(claims(), others.privateKey))).toBe("signature")
  expect(await verdict(await signed(claims(), others.privateKey, "2"))).toBe("signature")
  expect(await verdict(new UnsecuredJWT(claims()).encode())).toBe("signature")
  const secret = new TextEncoder().encode(JSON.stringify(await exportJWK(own.publicKey)))
  const symmetric = await new SignJWT(claims()).setProtectedHeader({ alg: "HS256", kid: "1" }).sign(secret)
  expect(await verdict(symmetric)).toBe("signature")
  expect(await verdict("no token")).toBe("malformed")
  const [head, , sign] = (await signed(claims())).split(".")
  const swapped = Buffer.from(JSON.stringify(claims({ sub: "0b2f_1" }))).toString("base64url")
  expect(await verdict(`${head}.${swapped}.${sign}`)).toBe("signature")
})

it("takes what a tenant did not fill in for absent, wherever it stands", async () => {
  const launched = await verdict(
    await signed(claims({ name: "$Person.name.full", [lti("context")]: { id: "$Context.id" }, locale: null }))
  )
  expect(launched).toMatchObject({ name: null, course: null, subject: "0b2f_4711" })
  expect(withoutVariables({ a: ["$b", "c"], d: { e: "$f", g: 1 } })).toEqual({ a: ["c"], d: { g: 1 } })
})

it("a launch from a template or from the organization is of no course", async () => {
  const context = { id: "6600", type: ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseTemplate"] }
  expect(await verdict(await signed(claims({ [lti("context")]: context })))).toMatchObject({ course: null })
})

describe("a pending launch", () => {
  const about = { registration, target, storage: null, asked: {} }
  it("is used once, by the browser in which it was begun, within ten minutes", () => {
    const pendings = makePendings()
    const [one, other] = [pendings.begin(about, now), pendings.begin(about, now)]
    const found = pendings.find(one.state, now + 599_000)
    expect(found).toMatchObject({ nonce: one.nonce })
    if (found === null) return
    expect([isSameBrowser(found, one.secret), isSameBrowser(found, other.secret)]).toEqual([true, false])
    expect(JSON.stringify(found)).not.toContain(one.secret)
    expect([pendings.use(one.state), pendings.use(one.state)]).toEqual([true, false])
    expect(pendings.find(one.state, now)).toBeNull()
    expect(pendings.find(other.state, now + 600_000)).toBeNull()
    expect(pendings.find("", now)).toBeNull()
  })
})

describe("what a launched person may", () => {
  const launched: Launch = { subject: "0b2f_4711", name: null, course: { id: "6601", title: null }, language: null }
  const held = (roleInCourse: string | null, roleInOrganization: string | null) => {
    const { course, rights, who } = grantOf(registration, launched, {
      userName: null,
      roleInCourse,
      roleInOrganization
    })
    return [who, rights, course?.rights]
  }
  it("follows from the roles that they hold, each where it is held", () => {
    expect(held("instructor", "Student")).toEqual(["user 0b2f_4711", [], ["see grades", "export grades"]])
    expect(held("Student", "Administrator")).toEqual(["user 0b2f_4711", ["see console", "run updates"], []])
    expect(held(null, null)).toEqual(["user 0b2f_4711", [], []])
    expect(held("Administrator", "Instructor")).toEqual(["user 0b2f_4711", [], []])
  })
})
