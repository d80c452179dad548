import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type BrightspaceState, type Journey, startJourney } from "./harness.ts"
import { smallDistrict } from "./small-district.ts"

/** A tenant in which people worked before rollbook came, and in which they go on working by hand. */

const putUser = "PUT lp/users/:userId"
const unenroll = "DELETE lp/enrollments/orgUnits/:orgUnitId/users/:userId"

const inClass = (classId: string, user: string) => ({
  class: { sourcedId: classId },
  school: { sourcedId: "5BB7FB0F-D8D9-415B-8725-460B8CE504DB" },
  user: { sourcedId: user },
  role: "student",
  primary: "false",
  beginDate: "2026-08-01",
  endDate: "2027-08-01"
})

let journey: Journey
/** A plan that was looked at, and is carried out by the test after that. */
let planned = ""

const carryOut = async (): Promise<void> => {
  const applied = await journey.rollbook("apply", planned)
  expect(applied.code, applied.stderr).toBe(0)
}

beforeAll(async () => {
  journey = await startJourney({ data: smallDistrict() })
  await journey.seed({
    orgUnits: [
      { type: "School", name: "CHHS", code: "0110" },
      { type: "Course Template", name: "Freshman English", code: "1200", parents: ["0110"] },
      { type: "Course Offering", name: "Chess club", code: "Chess", parents: ["1200"] }
    ],
    users: [
      // Known by the number; name and address are not those of the SIS.
      {
        orgDefinedId: "0041001",
        userName: "e.novak",
        firstName: "E.",
        lastName: "Nowak",
        email: "edda@home.example",
        role: "Student"
      },
      // Known by the user name alone, in other letters.
      { orgDefinedId: null, userName: "Ravi.CHAUDRY", firstName: "Ravi", lastName: "Chaudry", role: "Guardian" }
    ],
    enrollments: [{ user: "0041001", orgUnit: "Chess", role: "Student" }]
  })
})

afterAll(() => journey.stop())

describe("what stands in Brightspace already", () => {
  it("is planned to be adopted, and nothing of it to be made again", async () => {
    const { plan, steps } = await journey.plan()
    planned = plan.plan_id
    const adopted = steps.filter((step) => step.action === "adopt").map((step) => `${step.entity} ${step.key}`)
    expect(adopted.sort()).toEqual([
      "course_template 101",
      "school 5BB7FB0F-D8D9-415B-8725-460B8CE504DB",
      "user s41001",
      "user s41005"
    ])
    expect(plan.counts.find((one) => one.entity === "school")?.actions).toEqual({ adopt: 1, create: 1 })
    expect(await journey.writes()).toEqual({})
  })

  it("is adopted under its id, takes on what the SIS says, and keeps an address of its own", async () => {
    const before = await journey.state()
    await carryOut()
    const after = await journey.state()
    const school = only(after.orgUnits, (one) => one.code === "0110")
    expect(school).toMatchObject({
      id: only(before.orgUnits, (one) => one.code === "0110").id,
      name: "Cedar Hollow High School",
      parentCodes: ["4711"]
    })
    expect(only(after.orgUnits, (one) => one.code === "1200")).toMatchObject({
      name: "English 9",
      parentCodes: ["0110"]
    })
    expect(userBy(after, "userName", "edda.novak")).toMatchObject({
      id: userBy(before, "userName", "e.novak")["id"],
      orgDefinedId: "0041001",
      firstName: "Edda",
      lastName: "Novak",
      email: "edda@home.example",
      role: "Student"
    })
    expect(userBy(after, "userName", "ravi.chaudry")).toMatchObject({
      id: userBy(before, "userName", "Ravi.CHAUDRY")["id"],
      orgDefinedId: "0041005",
      email: "ravi.chaudry@cedarhollow.example",
      role: "Student"
    })
    const names = after.users.map((user) => String(user["userName"]).toLowerCase())
    expect(new Set(names).size).toBe(names.length)
  })

  it("needs nothing on the next night", async () => {
    const { plan } = await journey.plan()
    expect(plan.steps.count).toBe(0)
  })
})

describe("whom an administrator enrolled by hand", () => {
  it("stays where the roster does not put them", async () => {
    const offering = await offeringNamed("1200 3 English 9")
    await journey.seed({ enrollments: [{ user: "0041069", orgUnit: offering.code, role: "Student" }] })
    await journey.source.put("users", "s41009", { givenName: "Chidiebere" })
    await journey.forgetRequests()
    await journey.night()
    expect(await journey.writes()).toEqual({ [putUser]: 1 })
    expect(await isIn(offering.id, "0041069")).toBe(true)
    expect(await isIn((await offeringNamed("Chess club")).id, "0041001")).toBe(true)
  })

  it("stays when the roster put them there too, and then no longer, while those whom rollbook enrolled leave", async () => {
    const offering = await offeringNamed("1200 3 English 9")
    await journey.source.put("enrollments", "s99001", inClass("5003", "s41069"))
    await journey.source.put("enrollments", "s99002", inClass("5003", "s41073"))
    await journey.night()
    expect(await isIn(offering.id, "0041073")).toBe(true)
    await journey.source.remove("enrollments", "s99001")
    await journey.source.remove("enrollments", "s99002")
    await journey.forgetRequests()
    await journey.night()
    // What the class gave, a place in its school, goes with the class for both of them.
    expect(await journey.writes()).toEqual({ [unenroll]: 3 })
    expect(await isIn(offering.id, "0041069")).toBe(true)
    expect(await isIn(offering.id, "0041073")).toBe(false)
    expect((await journey.plan()).plan.steps.count).toBe(0)
  })
})

describe("an address that somebody changed in Brightspace", () => {
  it("stays, whatever else of the person changes, and when the SIS has another one, while one that nobody touched follows it", async () => {
    await editByHand("chidi.jimenez", { ExternalEmail: "chidi@home.example" })
    await journey.source.put("users", "s41009", { familyName: "Jimenez-Ruiz" })
    await journey.source.put("users", "s41013", { email: "felix.p@cedarhollow.example" })
    await journey.night()
    expect(userBy(await journey.state(), "orgDefinedId", "0041013")["email"]).toBe("felix.p@cedarhollow.example")
    await journey.source.put("users", "s41009", { email: "chidi.ruiz@cedarhollow.example" })
    await journey.forgetRequests()
    await journey.night()
    expect(await journey.writes()).toEqual({})
    expect(userBy(await journey.state(), "userName", "chidi.jimenez")).toMatchObject({
      lastName: "Jimenez-Ruiz",
      email: "chidi@home.example"
    })
    expect((await journey.plan()).plan.steps.count).toBe(0)
  })
})

describe("a person whom the tenant has twice", () => {
  it("is shown, waits for approval, and is not written", async () => {
    await journey.seed({
      users: ["one", "two"].map((which) => ({
        orgDefinedId: "0049999",
        userName: `double.${which}`,
        firstName: "Iris",
        lastName: "Double",
        role: "Student"
      }))
    })
    await journey.source.put("users", "s49999", {
      enabledUser: "true",
      role: "student",
      username: "iris.double",
      givenName: "Iris",
      familyName: "Double",
      identifier: "0049999",
      orgs: [{ sourcedId: "CE9C02E4-AAFB-4062-97FF-BBAAECA05990" }]
    })
    const { plan, steps } = await journey.plan(3)
    const hold = plan.holds.find((one) => one.guard === "unknown")
    expect(hold).toMatchObject({ entity: "user", steps: 3 })
    expect(steps.find((step) => step.key === "s49999" && step.entity === "user")).toMatchObject({
      action: "unknown",
      hold: hold?.id
    })
    await journey.forgetRequests()
    const ended = await journey.rollbook("apply", plan.plan_id)
    expect(ended.code, ended.stderr).toBe(3)
    expect(ended.stdout).toContain("3 held until it is known what they would do")
    expect(await journey.writes()).toEqual({})
    await journey.source.remove("users", "s49999")
  })
})

describe("state that is lost", () => {
  it("leads to a plan that adopts what it finds, makes no course anew and removes nothing", async () => {
    // Somebody left while nobody looked: without the ledger rollbook cannot know that it made the account.
    await journey.source.remove("users", "s41117")
    journey.forgetState()
    await journey.forgetRequests()
    const { plan, steps } = await journey.plan()
    planned = plan.plan_id
    const made = (entity: string): unknown => plan.counts.find((one) => one.entity === entity)?.actions
    expect(made("district")).toEqual({ adopt: 1 })
    expect(made("school")).toEqual({ adopt: 2 })
    expect(made("semester")).toEqual({ adopt: 2 })
    expect(made("course_template")).toEqual({ adopt: 10 })
    expect(made("course_offering")).toEqual({ adopt: 24 })
    expect(made("section")).toEqual({ adopt: 24 })
    expect(Object.keys(made("user") as object)).toEqual(["adopt"])
    const actions = new Set(steps.map((step) => step.action))
    expect([...actions].filter((action) => !["adopt", "create"].includes(action))).toEqual([])
    expect(await journey.writes()).toEqual({})
  })

  it("is taken up again by the apply: nothing is doubled, nothing taken away, and the night after is quiet", async () => {
    const before = await journey.digest()
    await carryOut()
    expect(await journey.digest()).toEqual(before)
    expect(Object.keys(await journey.writes())).not.toContain("POST lp/courses/")
    const { plan } = await journey.plan()
    expect(plan.steps.count).toBe(0)
  })

  it("does not take a course of another semester for that of a teacher, and says so", async () => {
    journey.forgetState()
    const offering = await offeringNamed("1200 3 English 9")
    // The class is moved to the other semester while nobody looks.
    await journey.source.put("classes", "5003", { terms: [{ sourcedId: "302" }] })
    const { plan, steps } = await journey.plan(3)
    expect(steps.find((step) => step.entity === "course_offering" && step.key === "5003")).toMatchObject({
      action: "create",
      reason: expect.stringContaining("its code is that of a record that rollbook did not make, which keeps it")
    })
    expect(plan.holds.map((hold) => `${hold.guard} ${hold.entity}`)).toEqual(["name_conflict course_offering"])
    expect((await journey.rollbook("apply", plan.plan_id)).code).toBe(3)
    expect((await offeringNamed("1200 3 English 9")).id).toBe(offering.id)
  })
})

const only = <A>(all: ReadonlyArray<A>, test: (one: A) => boolean): A => {
  const [found, another] = all.filter(test)
  if (found === undefined || another !== undefined) throw new Error("there is not exactly one")
  return found
}

const userBy = (state: BrightspaceState, field: string, value: string): Readonly<Record<string, unknown>> =>
  only(state.users, (user) => user[field] === value)

const offeringNamed = async (name: string) =>
  only((await journey.state()).orgUnits, (one) => one.type === "Course Offering" && one.name === name)

const isIn = async (orgUnitId: string, orgDefinedId: string): Promise<boolean> => {
  const state = await journey.state()
  const { id } = userBy(state, "orgDefinedId", orgDefinedId)
  return state.enrollments.some((one) => one["orgUnitId"] === orgUnitId && one["userId"] === id)
}

/** As a person would do it in the administration, with a token of another client. */
const editByHand = async (userName: string, change: Readonly<Record<string, unknown>>): Promise<void> => {
  const { environment } = journey
  const answer = await fetch(environment["BRIGHTSPACE_TOKEN_URL"] ?? "", {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "refresh_token",
      refresh_token: environment["BRIGHTSPACE_REFRESH_TOKEN"] ?? "",
      client_id: environment["BRIGHTSPACE_CLIENT_ID"] ?? "",
      client_secret: environment["BRIGHTSPACE_CLIENT_SECRET"] ?? ""
    })
  })
  const { access_token: token } = (await answer.json()) as { readonly access_token: string }
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" }
  const users = `${journey.brightspaceUrl}/d2l/api/lp/1.49/users/`
  const held = (await (await fetch(`${users}?userName=${userName}`, { headers })).json()) as Record<string, unknown>
  const {
    UserId: id,
    OrgDefinedId,
    FirstName,
    MiddleName,
    LastName,
    ExternalEmail,
    UserName,
    Pronouns,
    Activation
  } = held
  const body = {
    OrgDefinedId,
    FirstName,
    MiddleName,
    LastName,
    ExternalEmail,
    UserName,
    Pronouns,
    Activation,
    ...change
  }
  const put = await fetch(`${users}${String(id)}`, { method: "PUT", headers, body: JSON.stringify(body) })
  if (!put.ok) throw new Error(`the edit by hand was refused: ${put.status} ${await put.text()}`)
}
