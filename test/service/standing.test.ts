import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import type { Session } from "../../src/service/access/session.ts"
import { type Freshness, makeStandings } from "../../src/service/access/standing.ts"

/** A teacher of one course, launched at nine, and what the learning platform says of her when it is asked. */

const nine = Date.parse("2026-10-01T09:00:00Z")
const minute = 60_000

const session: Session = {
  who: "o.hernandez",
  name: null,
  by: "lti",
  rights: [],
  course: { orgUnit: "6601", title: null, role: "Teacher", rights: ["see grades", "export grades"] },
  language: null,
  launched: { issuer: "https://lms.example", clientId: "rollbook", subject: "tenant_201" },
  vouching: null,
  key: "k1",
  startedAt: "2026-10-01T09:00:00.000Z",
  expiresAt: "2026-10-01T17:00:00.000Z"
}

type Says = { readonly role: string | null } | "nobody" | "nothing"

const platform = (says: () => Says, delay = 0) => {
  let asked = 0
  const ended: Array<string> = []
  const standings = makeStandings({
    vouched: () => Effect.die("nobody was vouched for"),
    settings: {
      askAgainMinutes: 5,
      lti: [
        {
          issuer: "https://lms.example",
          clientId: "rollbook",
          deploymentIds: ["d"],
          authorizationUrl: "https://lms.example/a",
          keysUrl: "https://lms.example/k",
          connection: "lms",
          rolesInCourse: { Teacher: ["export grades", "see grades"], Reader: ["see grades"] },
          rolesInOrganization: {}
        }
      ]
    },
    people: () =>
      Effect.succeed({
        standing: (subject, course) =>
          Effect.delay(
            Effect.suspend(() => {
              asked++
              expect([subject, course]).toEqual(["tenant_201", "6601"])
              const said = says()
              if (said === "nothing") return Effect.die("no answer")
              return Effect.succeed(
                said === "nobody"
                  ? null
                  : { userName: "o.hernandez", roleInOrganization: null, roleInCourse: said.role }
              )
            }),
            delay
          )
      }),
    onChanged: ({ key }) => Effect.sync(() => void ended.push(key))
  })
  return {
    ask: (freshness: Freshness, minutes: number, of = session) =>
      Effect.runPromise(standings.of(of, freshness, nine + minutes * minute)),
    asked: () => asked,
    ended
  }
}

it("goes by the launch for some minutes, then asks again; and before each export it always asks", async () => {
  const { ask, asked, ended } = platform(() => ({ role: "teacher" }))
  expect([await ask("lately", 4.9), asked()]).toEqual(["confirmed", 0])
  expect([await ask("if it answers", 5), asked()]).toEqual(["confirmed", 1])
  expect([await ask("lately", 9), asked()]).toEqual(["confirmed", 1])
  expect([await ask("now", 9), await ask("now", 9), asked()]).toEqual(["confirmed", "confirmed", 3])
  expect(ended).toEqual([])
})

it.each<[string, Says]>([
  ["another role, with fewer rights", { role: "Reader" }],
  ["no role in the course any more", { role: null }],
  ["nobody of that name any more", "nobody"]
])("ends the session of whom the platform gives %s", async (_, says) => {
  const { ask, ended } = platform(() => says)
  expect(await ask("now", 1)).toBe("changed")
  expect(ended).toEqual(["k1"])
  // Whoever still comes with it, as it could not be ended, is not taken for somebody who was launched just now.
  expect([await ask("lately", 1.1), await ask("if it answers", 1.2)]).toEqual(["changed", "changed"])
})

it("where the platform says nothing, what was shown goes on and is not asked for at each click, and an export is not confirmed", async () => {
  let says: Says = "nothing"
  const { ask, asked, ended } = platform(() => says)
  expect([await ask("if it answers", 6), await ask("if it answers", 6.5), asked()]).toEqual([
    "unanswered",
    "unanswered",
    1
  ])
  expect([await ask("lately", 6.6), await ask("now", 6.6), asked()]).toEqual(["unanswered", "unanswered", 3])
  says = { role: "Teacher" }
  expect([await ask("if it answers", 8), asked(), ended]).toEqual(["confirmed", 4, []])
})

it("asks once for all requests of a page, and asks nobody for sessions that nobody vouches for again", async () => {
  const { ask, asked } = platform(() => ({ role: "Teacher" }), 20)
  expect(await Promise.all([1, 2, 3].map(() => ask("if it answers", 6)))).toEqual(Array(3).fill("confirmed"))
  expect(asked()).toBe(1)
  expect(await ask("now", 400, { ...session, by: "oidc", launched: null })).toBe("confirmed")
  expect(
    await ask("now", 1, { ...session, launched: { issuer: "https://gone.example", clientId: "x", subject: "y" } })
  ).toBe("changed")
  expect(asked()).toBe(1)
})
