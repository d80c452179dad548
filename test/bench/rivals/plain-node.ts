import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type Class, type Collections, type Enrollment, isUsed, type Rival, type User } from "./records.ts"

/** The script that is written first: everything in maps, and the state as one JSON file. */
export const plainNode: Rival = async ({ downloaded, folder }) => {
  const read: { [K in keyof Collections]: Array<Collections[K][number]> } = {
    users: [],
    courses: [],
    classes: [],
    enrollments: []
  }
  await downloaded((name, bytes) => {
    const page = JSON.parse(bytes.toString()) as Record<string, ReadonlyArray<never>>
    if (isUsed(name)) for (const row of page[name] ?? []) read[name].push(row)
  })
  const now = entitiesOf(read)
  const file = join(folder, "state.json")
  const kept = existsSync(file)
    ? (JSON.parse(readFileSync(file, "utf8")) as Readonly<Record<string, Readonly<Record<string, string>>>>)
    : {}
  let differing = 0
  for (const [entity, rows] of Object.entries(now)) {
    const before = new Map(Object.entries(kept[entity] ?? {}))
    for (const [key, value] of rows) {
      if (before.get(key) !== value) differing++
      before.delete(key)
    }
    differing += before.size
  }
  const state = Object.fromEntries(Object.entries(now).map(([entity, rows]) => [entity, Object.fromEntries(rows)]))
  writeFileSync(file, JSON.stringify(state))
  return differing
}

const entitiesOf = ({ classes, courses, enrollments, users }: Collections): Record<string, Map<string, string>> => {
  const person = new Map<string, string>()
  const schoolPlace = new Map<string, string>()
  const relationship = new Map<string, string>()
  const districtPlace = new Map<string, string>()
  const all = new Map<string, User>()
  for (const user of users) {
    all.set(user.sourcedId, user)
    if (user.role === "student")
      for (const agent of user.agents) relationship.set(`${user.sourcedId}/${agent.sourcedId}`, "")
    if (user.status !== "active" || user.familyName === "" || user.username === "") continue
    const id = user.role === "student" && user.identifier !== "" ? user.identifier : user.sourcedId
    const value = [user.givenName.trim(), user.familyName.trim(), user.username, user.email, id, user.role].join("|")
    person.set(user.sourcedId, value)
    districtPlace.set(user.sourcedId, user.role)
    if (user.role === "student" || user.role === "teacher")
      for (const org of user.orgs) schoolPlace.set(`${user.sourcedId}/${org.sourcedId}`, user.role)
  }
  const lead = leadsOf(enrollments, all)
  const byId = new Map(courses.map((course) => [course.sourcedId, course]))
  const offering = new Map<string, string>()
  for (const one of classes) offering.set(one.sourcedId, offeringOf(one, byId.get(one.course.sourcedId), lead))
  const place = new Map<string, string>()
  const section = new Map<string, string>()
  for (const one of enrollments) {
    const [klass, who] = [one.class.sourcedId, one.user.sourcedId]
    if (one.status !== "active" || !person.has(who) || !offering.has(klass)) continue
    const key = `${klass}/${who}`
    place.set(key, one.role)
    section.set(key, `${klass}|${who}`)
  }
  return {
    person,
    district_enrollment: districtPlace,
    school_enrollment: schoolPlace,
    offering,
    enrollment: place,
    section_enrollment: section,
    relationship
  }
}

const leadsOf = (enrollments: ReadonlyArray<Enrollment>, users: ReadonlyMap<string, User>): Map<string, string> => {
  const lead = new Map<string, string>()
  for (const one of enrollments) {
    const user = users.get(one.user.sourcedId)
    if (one.role !== "teacher" || user === undefined) continue
    const [name, before] = [`${user.familyName}_${user.givenName}`, lead.get(one.class.sourcedId)]
    if (before === undefined || name < before) lead.set(one.class.sourcedId, name)
  }
  return lead
}

const offeringOf = (
  one: Class,
  course: Collections["courses"][number] | undefined,
  lead: ReadonlyMap<string, string>
): string => {
  const name = [course?.courseCode, one.classCode, one.title].join(" ")
  const code = [lead.get(one.sourcedId), one.sourcedId].join(" ")
  return [name, code, course?.sourcedId, one.terms[0]?.sourcedId].join("|")
}
