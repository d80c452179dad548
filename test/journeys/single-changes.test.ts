import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { type Journey, type PlanJson, startJourney } from "./harness.ts"

/**
 * A year of small things that happen at a school: what each of them writes to Brightspace, request by request, and nothing
 * else. Those of one night write by other routes, so that each request tells whose it is. The nights build on each other.
 */

const highSchool = "5BB7FB0F-D8D9-415B-8725-460B8CE504DB"
const middleSchool = "CE9C02E4-AAFB-4062-97FF-BBAAECA05990"
const district = "B1CB1816-7D85-457C-9F32-2A1422D00E17"

const enroll = "POST lp/enrollments/"
const unenroll = "DELETE lp/enrollments/orgUnits/:orgUnitId/users/:userId"
const enrollInSection = "POST lp/:orgUnitId/sections/:sectionId/enrollments/"
const createUser = "POST lp/users/"
const putUser = "PUT lp/users/:userId"
const activate = "PUT lp/users/:userId/activation"
const putOffering = "PUT lp/courses/:orgUnitId"
const putSection = "PUT lp/:orgUnitId/sections/:sectionId"
const putTemplate = "PUT lp/coursetemplates/:orgUnitId"
const createOrgUnit = "POST lp/orgstructure/"
const putOrgUnit = "PUT lp/orgstructure/:orgUnitId"
const addParent = "POST lp/orgstructure/:orgUnitId/parents/"
const removeParent = "DELETE lp/orgstructure/:orgUnitId/parents/:otherId"
const relate = "PUT bfp/relationships/"
const unrelate = "DELETE bfp/relationships/"

interface Change {
  readonly name: string
  readonly at: (source: Journey["source"]) => Promise<void>
  readonly steps: number
  readonly writes: Readonly<Record<string, number>>
}

const ref = (sourcedId: string) => ({ sourcedId })

const enrollment = (classId: string, user: string, role: string, primary = false) => ({
  class: ref(classId),
  school: ref(highSchool),
  user: ref(user),
  role,
  primary: String(primary),
  beginDate: "2026-08-01",
  endDate: "2027-08-01"
})

const nights: ReadonlyArray<ReadonlyArray<Change>> = [
  [
    {
      name: "a student's last name changes",
      at: (source) => source.put("users", "s41001", { familyName: "Novak-Reed" }),
      steps: 1,
      writes: { [putUser]: 1 }
    },
    {
      name: "a class gets another title",
      at: (source) => source.put("classes", "5005", { title: "Algebra I Honors" }),
      steps: 2,
      writes: { [putOffering]: 1, [putSection]: 1 }
    },
    {
      name: "an enrollment vanishes: out of the offering, and so out of its section",
      at: (source) => source.remove("enrollments", "s90001"),
      steps: 2,
      writes: { [unenroll]: 1 }
    },
    {
      name: "an aide becomes a teacher of a class",
      at: (source) => source.put("enrollments", "t70025", { role: "teacher" }),
      steps: 1,
      writes: { [enroll]: 1 }
    }
  ],
  [
    {
      name: "an email changes",
      at: (source) => source.put("users", "s41001", { email: "edda.reed@cedarhollow.example" }),
      steps: 1,
      writes: { [putUser]: 1 }
    },
    {
      name: "an enrollment gets a tombstone",
      at: (source) => source.put("enrollments", "s90002", { status: "tobedeleted" }),
      steps: 2,
      writes: { [unenroll]: 1 }
    },
    {
      name: "a student comes into a class",
      at: (source) => source.put("enrollments", "s99001", enrollment("5003", "s41001", "student")),
      steps: 2,
      writes: { [enroll]: 1, [enrollInSection]: 1 }
    }
  ],
  [
    {
      name: "a user name changes",
      at: (source) => source.put("users", "s41001", { username: "edda.reed" }),
      steps: 1,
      writes: { [putUser]: 1 }
    },
    {
      name: "a student moves to another class, in the same record",
      at: (source) => source.put("enrollments", "s99001", { class: ref("5002") }),
      steps: 4,
      writes: { [enroll]: 1, [enrollInSection]: 1, [unenroll]: 1 }
    }
  ],
  [
    {
      name: "another teacher leads a class: the course's code changes with the teacher",
      at: (source) => source.put("enrollments", "t70004", { user: ref("t1010") }),
      steps: 6,
      writes: { [putOffering]: 1, [putSection]: 1, [enroll]: 1, [enrollInSection]: 1, [unenroll]: 1 }
    }
  ],
  [
    {
      name: "two lead teachers change places: each course's code is the other's, so one steps aside for a moment", // two refused, one aside, two as wanted
      at: async (source) => {
        await source.put("enrollments", "t70017", { user: ref("t1037") })
        await source.put("enrollments", "t70018", { user: ref("t1034") })
      },
      steps: 12,
      writes: { [putOffering]: 5, [putSection]: 5, [enroll]: 2, [enrollInSection]: 2, [unenroll]: 2 }
    }
  ],
  [
    {
      name: "a guardian comes, with a student",
      at: (source) =>
        source.put("users", "g9001", {
          enabledUser: "true",
          role: "guardian",
          username: "lena.haverford",
          givenName: "Lena",
          familyName: "Haverford",
          orgs: [ref(district)],
          agents: [ref("s41002")]
        }),
      steps: 3,
      writes: { [createUser]: 1, [enroll]: 1, [relate]: 1 }
    },
    {
      name: "a lead teacher marries: the codes of all their courses change",
      at: (source) => source.put("users", "t1013", { familyName: "Zeller" }),
      steps: 5,
      writes: { [putUser]: 1, [putOffering]: 2, [putSection]: 2 }
    },
    {
      name: "a class moves to the other term",
      at: (source) => source.put("classes", "5013", { terms: [ref("302")] }),
      steps: 1,
      writes: { [addParent]: 1, [removeParent]: 1 }
    },
    {
      name: "a term is renamed",
      at: (source) => source.put("academicSessions", "301", { title: "Fall" }),
      steps: 1,
      writes: { [putOrgUnit]: 1 }
    },
    {
      name: "a course whose classes have titles of their own gets another one",
      at: (source) => source.put("courses", "101", { title: "English I" }),
      steps: 1,
      writes: { [putTemplate]: 1 }
    },
    {
      name: "an account is switched off: out of the district, the school and six classes",
      at: (source) => source.put("users", "s41017", { enabledUser: "false" }),
      steps: 1 + 1 + 1 + 6 + 6,
      writes: { [unenroll]: 8, [activate]: 1 }
    },
    {
      name: "a relative is named with a student: relatives follow nobody",
      at: (source) => source.put("users", "r6001", { agents: [ref("s41012"), ref("s41013")] }),
      steps: 0,
      writes: {}
    }
  ],
  [
    {
      name: "a guardian no longer follows a student",
      at: (source) => source.put("users", "g9001", { agents: [] }),
      steps: 1,
      writes: { [unrelate]: 1 }
    },
    {
      name: "a term ends on another day",
      at: (source) => source.put("academicSessions", "302", { endDate: "2027-07-15" }),
      steps: 0,
      writes: {}
    },
    {
      name: "a school is renamed",
      at: (source) => source.put("orgs", middleSchool, { name: "Maple Ridge Academy" }),
      steps: 1,
      writes: { [putOrgUnit]: 1 }
    },
    {
      name: "a course whose two classes go by its title gets another one",
      at: (source) => source.put("courses", "104", { title: "World History and Geography" }),
      steps: 5,
      writes: { [putTemplate]: 1, [putOffering]: 2, [putSection]: 2 }
    },
    {
      name: "the account is switched on again",
      at: (source) => source.put("users", "s41017", { enabledUser: "true" }),
      steps: 1 + 1 + 1 + 6 + 6,
      writes: { [putUser]: 1, [enroll]: 8, [enrollInSection]: 6 }
    },
    {
      name: "a person gets a tombstone",
      at: (source) => source.put("users", "s41010", { status: "tobedeleted" }),
      steps: 1 + 1 + 1 + 6 + 6,
      writes: { [unenroll]: 8, [activate]: 1 }
    },
    {
      name: "a last name is emptied: the record waits in quarantine, and what hangs on it stays",
      at: (source) => source.put("users", "s41005", { familyName: "" }),
      steps: 0,
      writes: {}
    },
    {
      name: "a school comes",
      at: (source) =>
        source.put("orgs", "7F0A", {
          name: "Birch Lane Elementary",
          type: "school",
          identifier: "0130",
          parent: ref(district)
        }),
      steps: 1,
      writes: { [createOrgUnit]: 1 }
    }
  ],
  [
    {
      name: "a school gets another number",
      at: (source) => source.put("orgs", middleSchool, { identifier: "0121" }),
      steps: 1,
      writes: { [putOrgUnit]: 1 }
    },
    {
      name: "a student changes schools, and keeps the classes of the previous one, and so a place there",
      at: (source) => source.put("users", "s41069", { orgs: [ref(highSchool)] }),
      steps: 1,
      writes: { [enroll]: 1 }
    },
    {
      name: "a course gets another code: it stands in the names of its three classes",
      at: (source) => source.put("courses", "102", { courseCode: "1311" }),
      steps: 7,
      writes: { [putTemplate]: 1, [putOffering]: 3, [putSection]: 3 }
    },
    {
      name: "a person vanishes, and their enrollments with them",
      at: async (source) => {
        for (const id of ["s90025", "s90061", "s90074", "s90142", "s90210", "s90519"]) {
          await source.remove("enrollments", id)
        }
        await source.remove("users", "s41003")
      },
      steps: 1 + 1 + 1 + 6 + 6,
      writes: { [unenroll]: 8, [activate]: 1 }
    },
    {
      name: "a user name is emptied: the record waits in quarantine, and what hangs on it stays",
      at: (source) => source.put("users", "s41007", { username: "" }),
      steps: 0,
      writes: {}
    }
  ],
  [
    {
      name: "the person returns under the same id, to one class",
      at: async (source) => {
        await source.put("users", "s41003", {
          enabledUser: "true",
          role: "student",
          username: "omar.marchetti",
          givenName: "Omar",
          familyName: "Marchetti",
          identifier: "0041003",
          email: "omar.marchetti@cedarhollow.example",
          orgs: [ref(highSchool)]
        })
        await source.put("enrollments", "s99002", enrollment("5003", "s41003", "student"))
      },
      steps: 5,
      writes: { [putUser]: 1, [enroll]: 3, [enrollInSection]: 1 }
    },
    {
      name: "the last name is there again, as it was",
      at: (source) => source.put("users", "s41005", { familyName: "Chaudry" }),
      steps: 0,
      writes: {}
    }
  ],
  [
    {
      name: "a class comes, with a teacher and two students: the teacher's other course needs a longer code",
      at: async (source) => {
        await source.put("classes", "5030", {
          title: "Spanish II",
          classCode: "3",
          classType: "scheduled",
          course: ref("105"),
          school: ref(highSchool),
          terms: [ref("301"), ref("302")],
          periods: ["6"]
        })
        await source.put("enrollments", "t79001", enrollment("5030", "t1016", "teacher", true))
        await source.put("enrollments", "s99003", enrollment("5030", "s41001", "student"))
        await source.put("enrollments", "s99004", enrollment("5030", "s41002", "student"))
      },
      steps: 4 + 3 + 3,
      writes: {
        "POST lp/courses/": 1,
        "PUT lp/:orgUnitId/sections/": 1,
        "POST lp/:orgUnitId/sections/": 1,
        [enroll]: 3,
        [enrollInSection]: 3,
        [putOffering]: 1,
        [putSection]: 1
      }
    }
  ],
  [
    {
      name: "an aide becomes a teacher: at the organization, in the district and in the school",
      at: (source) => source.put("users", "d2002", { role: "teacher" }),
      steps: 3,
      writes: { [enroll]: 3 }
    },
    {
      name: "a class ends before its term does: the course is switched off, and its people leave it",
      at: (source) => source.put("classes", "5030", { status: "tobedeleted" }),
      steps: 3 + 6,
      writes: { [unenroll]: 3, [putOffering]: 2, [putSection]: 1 }
    }
  ]
]

/** What all changes of a night write; a route is of one of them. */
const writesOf = (night: ReadonlyArray<Change>): Readonly<Record<string, number>> => {
  const routes = night.flatMap(({ writes }) => Object.entries(writes))
  const together = Object.fromEntries(routes)
  if (Object.keys(together).length < routes.length) throw new Error("two changes of a night write by the same route")
  return together
}

describe("changes at the source, night by night", () => {
  let journey: Journey

  beforeAll(async () => {
    journey = await startJourney()
    await journey.night()
  })

  afterAll(() => journey.stop())

  it.each(nights.map((changes) => [changes.map(({ name }) => name).join("; "), changes] as const))(
    "%s",
    async (_, changes) => {
      for (const { at } of changes) await at(journey.source)
      await journey.forgetRequests()
      const { plan, failed } = await night(journey)
      expect(await journey.writes()).toEqual(writesOf(changes))
      expect(failed).toBe(0)
      expect(plan.steps.count).toBe(changes.reduce((sum, { steps }) => sum + steps, 0))
    }
  )

  it("a quiet night takes no step and sends no request but reads and tokens", async () => {
    await journey.forgetRequests()
    const before = await journey.digest()
    const { plan } = await night(journey)
    expect(plan.steps.count).toBe(0)
    expect(await journey.writes()).toEqual({})
    const asked = [...(await journey.requests("campus")), ...(await journey.requests("brightspace"))]
    expect(asked.length).toBeGreaterThan(0)
    expect(asked.filter((one) => one.method !== "GET" && !one.route.endsWith("/token"))).toEqual([])
    expect(await journey.digest()).toEqual(before)
  })
})

const night = async (journey: Journey): Promise<{ readonly plan: PlanJson; readonly failed: number }> => {
  const ended = await journey.rollbook("run", "roster", "--as-of", "2026-10-01", "--json")
  expect(ended.code, ended.stderr).toBe(0)
  const { apply, plan } = JSON.parse(ended.stdout) as { readonly plan: PlanJson; readonly apply: { failed: number } }
  return { plan, failed: apply.failed }
}
