import { strToU8, zipSync } from "fflate"
import { expect, it } from "vitest"
import { call, rehearse, rosterScopes, seedCourse, tenantOf } from "./rehearsal.ts"

const sandbox = rehearse()

const orgUnits =
  "type,action,code,name,start_date,end_date,is_active,department_code,template_code,semester_code,offering_code,custom_code,discover"
const users =
  "type,action,username,org_defined_id,first_name,last_name,password,is_active,role_name,email,relationships,pref_first_name,pref_last_name,sort_last_name,pronouns"
const enrollments = "type,action,child_code,role_name,parent_code"
const manifest = '{"version":"3.0"}'

let seconds = 0
const batchName = (): string => `D2LStdCSV-2026100102${String(1000 + ++seconds)}.zip`

const sign = async (FileName: string, source = "1042") =>
  (await tenantOf(sandbox(), `${rosterScopes} ipsis:batch:upload`)).post(`/le/1.90/ipsis/upload/${source}/signedurl`, {
    FileName
  })
const put = (url: string, files: Readonly<Record<string, string>>, headers = {}) =>
  fetch(url, {
    method: "PUT",
    headers,
    body: Buffer.from(zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)]))))
  })
const addressOf = async (): Promise<string> =>
  ((await sign(batchName())).body as { readonly SignedUrl: string }).SignedUrl
const workOff = async () =>
  (await call(`${sandbox().brightspaceUrl}/sandbox/batches/work-off`, { method: "POST" })).body as ReadonlyArray<{
    readonly state: string
    readonly rows: number
    readonly errors: ReadonlyArray<string>
  }>
/** What becomes of a batch of these files. */
const worked = async (files: Readonly<Record<string, string>>) => {
  expect((await put(await addressOf(), files)).status).toBe(200)
  const { errors, state } = (await workOff()).at(-1) ?? { errors: [], state: "" }
  return { state, errors }
}
const ask = () => call(`${sandbox().brightspaceUrl}/sandbox/settings`, { method: "PUT", body: { batches: "asked" } })

it("signs an address for a batch of a source system, good once and for a time, with no other credentials", async () => {
  await ask()
  expect((await sign("batch.zip")).status).toBe(400)
  expect((await sign(batchName(), "7")).status).toBe(404)
  const bare = await tenantOf(sandbox(), rosterScopes.replaceAll("core:*:*", ""))
  expect((await bare.post("/le/1.90/ipsis/upload/1042/signedurl", { FileName: batchName() })).status).toBe(403)
  const url = await addressOf()
  const files = { "manifest.json": manifest }
  expect((await put(url, files, { authorization: "Bearer x" })).status).toBe(400)
  expect([(await put(url, files)).status, (await put(url, files)).status]).toEqual([200, 403])
  await call(`${sandbox().brightspaceUrl}/sandbox/settings`, { method: "PUT", body: { signedSeconds: 0 } })
  expect((await put(await addressOf(), files)).status).toBe(403)
})

it("refuses a batch whose manifest, files or headers are not exactly those of the version", async () => {
  await ask()
  const refused = async (files: Readonly<Record<string, string>>) => (await worked(files)).state
  const good = { "manifest.json": manifest, "08-Enrollments.csv": `${enrollments}\n` }
  expect(await refused(good)).toBe("done")
  expect(await refused({ "08-Enrollments.csv": `${enrollments}\n` })).toBe("refused")
  expect(await refused({ ...good, "manifest.json": '{"version":"2.1"}' })).toBe("refused")
  expect(await refused({ ...good, "08-Enrollments.csv": `${enrollments.toUpperCase()}\n` })).toBe("refused")
  expect(await refused({ ...good, "08-Enrollments.csv": "type,action,role_name,child_code,parent_code\n" })).toBe(
    "refused"
  )
  expect(await refused({ ...good, "08-Enrollments.csv": `${enrollments}\nenrollment,,77,Student\n` })).toBe("refused")
  expect(await refused({ ...good, "07-Users.csv": `${users.replace(",pronouns", "")}\n` })).toBe("refused")
  expect(await refused({ ...good, "notes.txt": "x" })).toBe("refused")
})

it("works files off in the order of their names, turns rows away one by one, and takes relationships for a whole set", async () => {
  await ask()
  await seedCourse(sandbox())
  const { errors } = await worked({
    "manifest.json": manifest,
    "08-Enrollments.csv": [
      enrollments,
      "enrollment,,n1,Student,N1",
      "enrollment,MAKE,n1,Student,N1",
      "enrollment,,n1,student,N1",
      "enrollment,,n9,Student,N1",
      // An offering and its section: nobody knows which.
      "enrollment,,n1,Student,E1",
      ""
    ].join("\n"),
    "05-Offerings.csv": [
      orgUnits,
      "course offering,CREATE,N1,New,,,1,,T1,S1,,,",
      "course offering,CREATE,N1,New,,,1,,T1,S1,,,",
      "course offering,,N2,New,,,1,,T9,,,,",
      "Course Offering,,N3,New,,,1,,T1,,,,",
      "course offering,,N4, ,,,1,,T1,,,,",
      ""
    ].join("\n"),
    "07-Users.csv": [
      users,
      "user,UPDATE,p1,p1,Ann,Quill,,1,Guardian,,,,,,",
      "user,UPDATE,n1,n1,Nia,Quill,,1,Student,,Parent:p1,,,,",
      "user,UPDATE,N1,n2,Nia,Quill,,1,Student,,,,,,",
      `user,UPDATE,n3,n3,${"x".repeat(65)},Quill,,1,Student,,,,,,`,
      "user,UPDATE,n4,n4,Nia,Quill,,yes,Student,,,,,,",
      ""
    ].join("\n")
  })
  expect(errors.map((one) => one.split(": ", 1)[0])).toEqual([
    "05-Offerings.csv:3",
    "05-Offerings.csv:4",
    "05-Offerings.csv:5",
    "05-Offerings.csv:6",
    "07-Users.csv:4",
    "07-Users.csv:5",
    "07-Users.csv:6",
    "08-Enrollments.csv:3",
    "08-Enrollments.csv:4",
    "08-Enrollments.csv:5",
    "08-Enrollments.csv:6"
  ])
  const state = async () =>
    (await call(`${sandbox().brightspaceUrl}/sandbox/state`)).body as {
      readonly relationships: ReadonlyArray<unknown>
      readonly enrollments: ReadonlyArray<{ readonly enrolledBy: number }>
    }
  const first = await state()
  expect(first.relationships).toHaveLength(1)
  // In the offering, and both people in the organization.
  expect(first.enrollments.filter(({ enrolledBy }) => enrolledBy === 171)).toHaveLength(3)
  await worked({ "manifest.json": manifest, "07-Users.csv": `${users}\nuser,,n1,n1,Nia,Quill,,1,Student,,,,,,\n` })
  expect((await state()).relationships).toEqual([])
})

it("takes people out of where they are, whoever enrolled them, and does nothing where a name is not known", async () => {
  await ask()
  await seedCourse(sandbox())
  await call(`${sandbox().brightspaceUrl}/sandbox/seed`, {
    method: "POST",
    body: {
      orgUnits: [{ type: "Course Offering", name: "Art", code: "A1", parents: ["T1"] }],
      enrollments: [{ user: "77", orgUnit: "A1", role: "Student" }]
    }
  })
  const { body } = await (await tenantOf(sandbox())).get("/lp/1.59/organization/info")
  const root = (body as { readonly Code?: string }).Code ?? ""
  const removed = (rows: ReadonlyArray<string>) =>
    worked({ "manifest.json": manifest, "08-Enrollments.csv": [enrollments, ...rows, ""].join("\n") })
  const turnedAway = await removed([
    "enrollment,DELETE,n9,Student,A1",
    "enrollment,DELETE,77,Student,A9",
    // An offering and its section.
    "enrollment,DELETE,77,Student,E1",
    "enrollment,DELETE,78,Student,A1",
    "enrollment,DELETE,77,,A1",
    `enrollment,DELETE,77,Student,${root === "" ? "root" : root}`
  ])
  expect(turnedAway.errors).toHaveLength(6)
  const people = async (): Promise<number> => {
    const state = (await call(`${sandbox().brightspaceUrl}/sandbox/state`)).body as {
      readonly enrollments: ReadonlyArray<unknown>
    }
    return state.enrollments.length
  }
  const before = await people()
  expect((await removed(["enrollment,delete,77,Student,A1"])).errors).toEqual([])
  expect(await people()).toBe(before - 1)
})
