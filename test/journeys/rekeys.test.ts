import { afterAll, beforeAll, describe, expect, it, vi } from "vitest"
import { type Journey, startJourney } from "./harness.ts"
import { smallDistrict } from "./small-district.ts"

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 })

/** People who come back under another id, and strangers who are given the username of somebody else. */

const classes = { s90001: "5001", s90037: "5004", s90073: "5007", s90141: "5009", s90209: "5011" }
/** The class that she does not come back to. */
const dropped = "s90517"
const high = { sourcedId: "5BB7FB0F-D8D9-415B-8725-460B8CE504DB" }

let journey: Journey
beforeAll(async () => {
  journey = await startJourney({ data: smallDistrict() })
  await journey.night()
})
afterAll(() => journey.stop())

const account = async (userName: string): Promise<Readonly<Record<string, unknown>>> => {
  const [found, another] = (await journey.state()).users.filter((user) => user["userName"] === userName)
  if (found === undefined || another !== undefined) throw new Error(`there is not exactly one ${userName}`)
  return found
}

const placesOf = async (user: Readonly<Record<string, unknown>>): Promise<ReadonlyArray<string>> =>
  (await journey.state()).enrollments
    .filter((one) => one["userId"] === user["id"])
    .map((one) => `${String(one["orgUnitId"])} ${String(one["role"])}`)
    .sort()

const newRecord = (change: Readonly<Record<string, unknown>>) => ({
  status: "active",
  enabledUser: "true",
  role: "student",
  orgs: [high],
  ...change
})

describe("a student whom the SIS gives another id", () => {
  it("keeps the account and the places, but for the class that she left", async () => {
    const before = await account("edda.novak")
    const places = await placesOf(before)
    await journey.source.remove("users", "s41001")
    for (const id of [...Object.keys(classes), dropped]) await journey.source.remove("enrollments", id)
    const record = { username: "edda.novak", givenName: "Edda", familyName: "Novak", identifier: "0051001" }
    await journey.source.put("users", "s51001", newRecord({ ...record, email: "edda.novak@cedarhollow.example" }))
    for (const [id, classId] of Object.entries(classes)) {
      const place = { class: { sourcedId: classId }, school: high, user: { sourcedId: "s51001" }, role: "student" }
      await journey.source.put("enrollments", `${id}-new`, { ...place, primary: "false", status: "active" })
    }
    await journey.forgetRequests()
    await journey.night()
    expect(await account("edda.novak")).toMatchObject({ id: before["id"], isActive: true, orgDefinedId: "0051001" })
    const after = await placesOf(before)
    expect(places.filter((place) => !after.includes(place))).toHaveLength(1)
    expect(after.filter((place) => !places.includes(place))).toEqual([])
    expect((await journey.writes())["DELETE lp/enrollments/orgUnits/:orgUnitId/users/:userId"]).toBe(1)
    expect((await journey.writes())["POST lp/users/"]).toBeUndefined()
  })

  it("needs nothing on the next night", async () => {
    expect((await journey.plan()).steps).toEqual([])
  })

  it("keeps them when the former id comes back in its place", async () => {
    const before = await account("edda.novak")
    const places = await placesOf(before)
    const record = await journey.source.get("users", "s51001")
    await journey.source.remove("users", "s51001")
    const { username, givenName, familyName, identifier } = record
    await journey.source.put("users", "s41001", newRecord({ username, givenName, familyName, identifier }))
    for (const id of Object.keys(classes)) {
      await journey.source.put("enrollments", `${id}-new`, { user: { sourcedId: "s41001" } })
    }
    await journey.night()
    expect(await account("edda.novak")).toMatchObject({ id: before["id"], isActive: true })
    expect(await placesOf(before)).toEqual(places)
    expect((await journey.plan()).steps).toEqual([])
  })
})

describe("a stranger with the username of somebody who left", () => {
  it("is not given the account: who left and who is new wait for people to say whether they are one", async () => {
    await journey.source.remove("users", "s41005")
    await journey.source.put(
      "users",
      "s71005",
      newRecord({ username: "ravi.chaudry", givenName: "Rania", familyName: "Chaudry", identifier: "0071005" })
    )
    for (const code of [3, 3]) {
      await journey.forgetRequests()
      await journey.night(code)
      expect((await journey.writes())["POST lp/users/"]).toBeUndefined()
      expect(await account("ravi.chaudry")).toMatchObject({ firstName: "Ravi", isActive: true })
    }
    const { plan, steps } = await journey.plan(3)
    expect(plan.holds.find((hold) => hold.guard === "rekey")?.say).toBe(
      "1 user that is gone and 1 new may be the same under a new key: people must say so"
    )
    const people = steps.filter((step) => step.entity === "user")
    expect(Object.fromEntries(people.map((step) => [step.key, [step.action, step.hold !== null]]))).toEqual({
      s71005: ["create", true],
      s41005: ["deactivate", true]
    })
  })

  it("has an account of their own once the SIS gives them a username of their own", async () => {
    await journey.source.put("users", "s71005", { username: "rania.chaudry" })
    await journey.night()
    expect(await account("rania.chaudry")).toMatchObject({ firstName: "Rania", isActive: true })
    expect((await journey.plan()).steps).toEqual([])
  })
})
