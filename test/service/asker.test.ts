import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import type { Standing } from "../../src/core/ports/people.ts"
import type { LtiRegistration } from "../../src/pipeline/access-settings.ts"
import type { CourseRight, Right } from "../../src/pipeline/rights.ts"
import { type Asker, stillMay } from "../../src/service/access/asker.ts"
import { sessionsIn } from "../../src/service/access/session.ts"
import { inFolder } from "../tools/definitions.ts"

/** Whether somebody still may what they asked for when its turn comes. */

const registration = {
  issuer: "https://lms.example",
  clientId: "rollbook",
  connection: "brightspace",
  rolesInCourse: { Teacher: ["see grades", "export grades"] },
  rolesInOrganization: { Registrar: ["run updates"] }
} as unknown as LtiRegistration
const launched = { issuer: "https://lms.example", clientId: "rollbook", subject: "42" }
const teacher: Asker = { by: "lti", key: "gone", launched }
const now = Date.parse("2026-10-01T12:00:00.000Z")
const after = (hours: number): string => new Date(now + hours * 3_600_000).toISOString()

const asked = (
  folder: string,
  answer: Effect.Effect<Standing | null, Error>,
  settings: ReadonlyArray<LtiRegistration> = [registration],
  standing: "confirmed" | "changed" | "unanswered" = "confirmed"
) =>
  stillMay({
    people: () => Effect.succeed({ standing: () => answer } as never),
    sessions: sessionsIn(folder),
    settings: { lti: settings },
    standings: { of: () => Effect.succeed(standing) },
    tokens: Effect.succeed([
      { name: "script", hash: "", rights: ["run updates"], createdAt: "", expiresAt: after(1), revokedAt: null },
      { name: "revoked", hash: "", rights: ["run updates"], createdAt: "", expiresAt: after(1), revokedAt: after(-1) }
    ])
  })

it("asks the learning platform about whoever was launched, also where their session is over", () =>
  inFolder(async (folder) => {
    const of = (standing: Effect.Effect<Standing | null, Error>, right: Right, registered = [registration]) =>
      Effect.runPromise(asked(folder, standing, registered)(teacher, right, "7001", now))
    const stands = (roleInCourse: string | null) =>
      Effect.succeed({ userName: "m.oneil", roleInCourse, roleInOrganization: "Registrar" })
    expect(await of(stands("Teacher"), "export grades")).toBeNull()
    expect(await of(stands("Teacher"), "run updates")).toBeNull()
    expect(await of(stands("Student"), "export grades")).toBe("lost")
    expect(await of(Effect.succeed(null), "export grades")).toBe("lost")
    expect(await of(stands("Teacher"), "export grades", [])).toBe("lost")
    expect(await of(Effect.fail(new Error("503")), "export grades")).toBe("unanswered")
  }))

it("lets everybody else for as long as their session or token stands", () =>
  inFolder(async (folder) => {
    const sessions = sessionsIn(folder)
    const rights: ReadonlyArray<Right> = ["run updates"]
    const course = { orgUnit: "7001", title: null, role: null, rights: ["export grades"] as ReadonlyArray<CourseRight> }
    const id = await Effect.runPromise(
      sessions.start({ who: "dana", name: null, by: "oidc", rights, course, language: null }, now)
    )
    const [session] = await Effect.runPromise(sessions.list(now))
    const may = asked(folder, Effect.succeed(null))
    const of = (by: Asker["by"], key: string, right: Right, at = now, orgUnit: string | null = null) =>
      Effect.runPromise(may({ by, key, launched: null }, right, orgUnit, at))
    const { key = "" } = session ?? {}
    expect(await of("oidc", key, "run updates")).toBeNull()
    expect(await of("oidc", key, "approve holds")).toBe("lost")
    const vouched = (said: "changed" | "unanswered") =>
      Effect.runPromise(
        asked(folder, Effect.succeed(null), [], said)({ by: "oidc", key, launched: null }, "run updates", null, now)
      )
    expect([await vouched("changed"), await vouched("unanswered")]).toEqual(["lost", "silent"])
    expect(await of("lti", key, "export grades", now, "7001")).toBeNull()
    expect(await of("lti", key, "export grades", now, "7002")).toBe("lost")
    expect(await of("oidc", key, "run updates", Date.parse(after(9)))).toBe("gone")
    await Effect.runPromise(sessions.end(id))
    expect(await of("oidc", key, "run updates")).toBe("gone")
    expect(await of("token", "script", "run updates")).toBeNull()
    expect(await of("token", "script", "approve holds")).toBe("lost")
    expect(await of("token", "revoked", "run updates")).toBe("gone")
    expect(await of("token", "unknown", "run updates")).toBe("gone")
  }))
