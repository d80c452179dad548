import * as Effect from "effect/Effect"
import { expect, it } from "vitest"
import { oneRosterCollections } from "../../src/adapters/oneroster/contracts.ts"
import { Warehouse } from "../../src/core/ports/warehouse.ts"
import { keptRead } from "../../src/extract/kept-reads.ts"
import { listQuarantine, quarantineOverTime } from "../../src/history/quarantine.ts"
import { replayQuarantine } from "../../src/history/replay.ts"
import { clock, districtWith, inWorkspace, plan, rosterWith, whatIf } from "../run/edited-nights.ts"
import { district, nightsAfterTheFirst } from "../run/nights.ts"
import { anyRow, plain } from "../tools/plain-sql.ts"

const shipped = await rosterWith()
const everything = { entity: null, rule: null }
const nameless = districtWith({ users: [{ sourcedId: "s21", familyName: "" }] })

const fate = Effect.gen(function* () {
  const warehouse = yield* Warehouse
  return yield* warehouse.rows(
    plain("SELECT entity, key, verdict, rule, valid_from, valid_to FROM fate_roster ORDER BY valid_from, entity, key"),
    anyRow
  )
})

it("keeps spans of runs, not a copy per night, and counts them over time", async () => {
  await inWorkspace(() =>
    Effect.gen(function* () {
      yield* plan(shipped, nameless)
      const first = yield* fate
      yield* plan(shipped, nameless)
      expect(yield* fate).toEqual(first)
      yield* whatIf(shipped, "last")
      yield* plan(shipped, district)
      yield* plan(shipped, nameless)
      const [rule] = yield* quarantineOverTime("roster", { entity: "user", rule: null })
      expect(rule).toEqual({
        entity: "user",
        rule: "no-last-name",
        now: 1,
        since: 5,
        counts: [
          { run: 1, rows: 1 },
          { run: 2, rows: 1 },
          { run: 4, rows: 0 },
          { run: 5, rows: 1 }
        ]
      })
      const spans = (yield* fate).filter((row) => row["entity"] === "user" && row["key"] === "s21")
      expect(spans).toMatchObject([
        { verdict: "quarantine", rule: "no-last-name", valid_from: 1, valid_to: 4 },
        { verdict: "quarantine", rule: "no-last-name", valid_from: 5, valid_to: null }
      ])
      const listed = yield* listQuarantine("roster", { entity: null, rule: "no-last-name" })
      expect(new Set(listed.map((row) => row.entity))).toContain("enrollment")
      expect(listed.every((row) => row.since === 5)).toBe(true)
    })
  )
})

it("counts a record once: all else that it would have become follows it", async () => {
  await nightsAfterTheFirst((night) =>
    Effect.gen(function* () {
      const users = (district["users"] ?? []).map((user) => ({
        ...user,
        ...(user["sourcedId"] === "s21" ? { role: "wizard" } : {}),
        ...(user["sourcedId"] === "s22" ? { enabledUser: "perhaps" } : {})
      }))
      const { plan } = yield* night.plan({ ...district, users })
      const own = plan.quarantine.filter((count) => !count.rule.startsWith("depends-on:"))
      expect(own).toEqual([
        { entity: "user", rule: "unmapped:role", rows: 1 },
        { entity: "users", rule: "contract:enabledUser", rows: 1 }
      ])
      const following = plan.quarantine.filter((count) => count.entity === "district_enrollment")
      expect(following.map((count) => count.rule).sort()).toEqual([
        "depends-on:contract:enabledUser",
        "depends-on:unmapped:role"
      ])
    })
  )
})

it("counts what stands and stays as it is for being in quarantine", async () => {
  await nightsAfterTheFirst((night) =>
    Effect.gen(function* () {
      const nobody = (district["users"] ?? []).map((user) => ({ ...user, username: "" }))
      const { plan } = yield* night.plan({ ...district, users: nobody })
      expect(plan.steps.count).toBe(0)
      const counted = Object.fromEntries(plan.counts.map((count) => [count.entity, count.quarantined ?? 0]))
      expect(counted).toMatchObject({
        district: 0,
        course_offering: 0,
        user: 11,
        enrollment: 10,
        section_enrollment: 10
      })
      // One that never stood is not counted.
      const again = yield* night.plan({ ...district, users: [...nobody, { ...nobody[0], sourcedId: "s99" }] })
      expect(again.plan.counts.find((count) => count.entity === "user")?.quarantined).toBe(11)
    })
  )
})

it("tells of a source row that no rule wanted which entity passed it over, and whom it names", async () => {
  const ended = districtWith({
    users: [{ sourcedId: "s22", enabledUser: false }],
    enrollments: [{ ...district["enrollments"]?.[0], status: "tobedeleted" }]
  })
  const enrollment = district["enrollments"]?.[0]
  await inWorkspace(() =>
    Effect.gen(function* () {
      yield* plan(shipped, ended)
      const warehouse = yield* Warehouse
      const rows = yield* warehouse.rows(
        plain(
          "SELECT dataset, source, entity, rule, to_json(refs)::VARCHAR AS refs FROM fate_roster WHERE verdict = 'unwanted' AND source IN ('s22', " +
            `'${String(enrollment?.["sourcedId"])}') ORDER BY dataset DESC`
        ),
        anyRow
      )
      expect(rows[0]).toMatchObject({ dataset: "users", source: "s22", entity: "user", rule: "where" })
      expect(rows[1]).toMatchObject({ dataset: "enrollments", entity: "enrollment", rule: "where" })
      expect(rows[1]?.["refs"]).toContain(String(enrollment?.["user"]))
      expect(rows[1]?.["refs"]).toContain(String(enrollment?.["class"]))
    })
  )
})

it("a replay shows what a fix lets out, with what hangs on it, and what it newly turns away", async () => {
  const fixed = await rosterWith(
    ["        - { id: no-last-name, when: person.family_name IS NULL, say: the record has no last name }\n", ""],
    [
      "last_name: { clean: { of: person.family_name,",
      "last_name: { clean: { of: \"coalesce(person.family_name, '-')\","
    ],
    [
      "when: person.username IS NULL, say: the person has no account",
      "when: person.key = 's22', say: the person has no account"
    ]
  )
  await inWorkspace(() =>
    Effect.gen(function* () {
      yield* plan(shipped, nameless)
      const kept = yield* keptRead("roster", "last")
      const same = yield* replayQuarantine({
        definition: shipped,
        collections: oneRosterCollections,
        kept,
        clock,
        filter: everything
      })
      expect(same.rows).toEqual([])
      expect(same.stays).toBeGreaterThan(1)
      const before = yield* fate
      const replay = yield* replayQuarantine({
        definition: fixed,
        collections: oneRosterCollections,
        kept,
        clock,
        filter: everything
      })
      const how = (wanted: string) => replay.rows.filter((row) => row.how === wanted)
      expect(how("leaves")[0]).toMatchObject({ entity: "user", key: "s21", rule: "no-last-name", becomes: "wanted" })
      expect(how("leaves").slice(1)).not.toEqual([])
      for (const row of how("leaves").slice(1)) {
        expect(row).toMatchObject({ rule: "depends-on:no-last-name", becomes: "wanted" })
        expect(row.say).toContain("the record has no last name")
      }
      expect(how("enters")[0]).toMatchObject({ entity: "user", key: "s22", rule: "no-username", becomes: null })
      expect(how("enters").some((row) => row.entity === "enrollment")).toBe(true)
      expect(yield* fate).toEqual(before)
      const narrowed = yield* replayQuarantine({
        definition: fixed,
        collections: oneRosterCollections,
        kept,
        clock,
        filter: {
          entity: null,
          rule: "no-last-name"
        }
      })
      expect(narrowed.rows.every((row) => row.how === "leaves")).toBe(true)
      expect(narrowed.rows).toHaveLength(how("leaves").length)
    })
  )
})
