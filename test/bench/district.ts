import { closeSync, openSync, writeSync } from "node:fs"
import { join } from "node:path"

/**
 * A generated district of any size, as OneRoster 1.1 pages in files: one file per collection, pages one after the
 * other, with an index of where each begins. In the proportions of a large district: two guardians a student, one
 * teacher for fourteen, a class for three, 8.4 enrollments each.
 */
export interface DistrictFiles {
  readonly collections: Readonly<Record<string, CollectionFile>>
  readonly students: number
  readonly rows: number
  readonly bytes: number
}

export interface CollectionFile extends Pages {
  /** The rows that are other than on the night before. */
  readonly changed: Pages
  /** The first row, for whoever takes one look. */
  readonly first: string
}

export interface Pages {
  readonly path: string
  readonly rows: number
  /** Rows on every page but the last. */
  readonly pageRows: number
  /** Byte offset of each page, and the end of the file. */
  readonly offsets: ReadonlyArray<number>
}

const pageRows = 1_000
const stamp = "2026-08-01T06:00:00.000Z"
/** Later than any clock by which the night before was read. */
const stampOfChanges = "2099-01-01T06:00:00.000Z"
const ref = (type: string, id: string): string =>
  `{"href":"https://sis.example.org/ims/oneroster/v1p1/${type}s/${id}","sourcedId":"${id}","type":"${type}"}`
const pad = (number: number): string => String(number).padStart(8, "0")

/** Which rows are another than on the night before: one in a hundred, or none. */
export type Variant = "base" | "one-percent-changed"

/** Writes the district into a folder. The same size and variant give the same bytes. */
export const writeDistrict = (folder: string, students: number, variant: Variant): DistrictFiles => {
  const schools = Math.max(2, Math.round(students / 600))
  const teachers = Math.max(4, Math.round(students / 14))
  const classes = Math.max(8, Math.round(students * 0.32))
  const courses = Math.max(6, Math.round(classes / 5))
  const studentEnrollments = Math.round(students * 8.08)
  const moved = (index: number): boolean => variant === "one-percent-changed" && index % 100 === 50
  const schoolOf = (index: number): string => `school${index % schools}`
  /** A class of the student's own school: courses go round the schools, and classes round the courses. */
  const classOf = (student: number, nth: number, isMoved: boolean): number => {
    const school = student % schools
    const coursesThere = Math.ceil((courses - school) / schools)
    const course = school + schools * ((student * 7 + nth * 131 + (isMoved ? 1 : 0)) % coursesThere)
    return course + courses * ((student + nth) % Math.floor(classes / courses))
  }
  const user = (id: string, index: number, role: string, org: string, identifier: string, agents: string): string =>
    `{"sourcedId":"${id}","status":"active","dateLastModified":"${moved(index) ? stampOfChanges : stamp}","username":"${role}.${pad(index)}","userIds":[{"type":"SIS","identifier":"${identifier}"}],"enabledUser":"true","givenName":"Given${index % 977}","familyName":"Family${moved(index) ? "Changed" : ""}${index % 7919}","middleName":"","role":"${role}","identifier":"${identifier}","email":"${role}.${pad(index)}@district.example.org","sms":"","phone":"","agents":[${agents}],"orgs":[${ref("org", org)}],"grades":["09"],"password":""}`
  const parts: Record<string, { rows: number; row: (index: number) => string }> = {
    orgs: {
      rows: schools + 1,
      row: (index) =>
        index === 0
          ? `{"sourcedId":"district","status":"active","dateLastModified":"${stamp}","name":"Bench District","type":"district","identifier":"900000","parent":null,"children":[]}`
          : `{"sourcedId":"school${index - 1}","status":"active","dateLastModified":"${stamp}","name":"School ${index - 1}","type":"school","identifier":"9${pad(index)}","parent":${ref("org", "district")},"children":[]}`
    },
    academicSessions: {
      rows: 3,
      row: (index) =>
        index === 0
          ? `{"sourcedId":"year","status":"active","dateLastModified":"${stamp}","title":"2026-2027","startDate":"2026-08-10","endDate":"2027-06-10","type":"schoolYear","parent":null,"children":[],"schoolYear":"2027"}`
          : `{"sourcedId":"term${index}","status":"active","dateLastModified":"${stamp}","title":"Semester ${index}","startDate":"${index === 1 ? "2026-08-10" : "2027-01-11"}","endDate":"${index === 1 ? "2027-01-11" : "2027-06-10"}","type":"term","parent":${ref("academicSession", "year")},"children":[],"schoolYear":"2027"}`
    },
    courses: {
      rows: courses,
      row: (index) =>
        `{"sourcedId":"course${index}","status":"active","dateLastModified":"${stamp}","title":"Course ${index}","schoolYear":${ref("academicSession", "year")},"courseCode":"C${pad(index)}","grades":["09"],"subjects":[],"org":${ref("org", schoolOf(index))},"subjectCodes":[]}`
    },
    classes: {
      rows: classes,
      row: (index) =>
        `{"sourcedId":"class${pad(index)}","status":"active","dateLastModified":"${stamp}","title":"Course ${index % courses}","classCode":"${Math.floor(index / courses) + 1}","classType":"scheduled","location":"${index % 200}","grades":["09"],"subjects":[],"course":${ref("course", `course${index % courses}`)},"school":${ref("org", schoolOf(index % courses))},"terms":[${ref("term", `term${(index % 2) + 1}`)}],"subjectCodes":[],"periods":["${(index % 8) + 1}"]}`
    },
    users: {
      rows: students * 3 + teachers,
      row: (index) => {
        if (index < students) {
          const agents = `${ref("user", `g${pad(2 * index)}`)},${ref("user", `g${pad(2 * index + 1)}`)}`
          return user(`s${pad(index)}`, index, "student", schoolOf(index), pad(index + 100_000), agents)
        }
        const guardian = index - students
        return guardian < 2 * students
          ? user(
              `g${pad(guardian)}`,
              guardian,
              "guardian",
              "district",
              "",
              ref("user", `s${pad(Math.floor(guardian / 2))}`)
            )
          : user(`t${pad(guardian - 2 * students)}`, guardian - 2 * students, "teacher", schoolOf(index), "", "")
      }
    },
    enrollments: {
      rows: classes + studentEnrollments,
      row: (index) => {
        const isTeacher = index < classes
        const student = (index - classes) % students
        const nth = Math.floor((index - classes) / students)
        const place = isTeacher ? index : classOf(student, nth, moved(index))
        const who = isTeacher ? `t${pad(index % teachers)}` : `s${pad(student)}`
        return `{"sourcedId":"e${pad(index)}","status":"active","dateLastModified":"${!isTeacher && moved(index) ? stampOfChanges : stamp}","user":${ref("user", who)},"class":${ref("class", `class${pad(place)}`)},"school":${ref("org", schoolOf(place % courses))},"role":"${isTeacher ? "teacher" : "student"}","primary":"${isTeacher ? "true" : "false"}","beginDate":"2026-08-10","endDate":"2027-06-10"}`
      }
    }
  }
  const collections: Record<string, CollectionFile> = {}
  let rows = 0
  let bytes = 0
  for (const [name, part] of Object.entries(parts)) {
    const path = join(folder, `${name}.${variant}.pages`)
    const offsets = writePages(path, name, part.rows, part.row)
    const others: Array<string> = []
    const mayChange = variant === "base" ? 0 : part.rows
    for (let index = 0; index < mayChange; index++) {
      const row = part.row(index)
      if (row.includes(stampOfChanges)) others.push(row)
    }
    const changed = { path: `${path}.changed`, rows: others.length, pageRows }
    collections[name] = {
      path,
      rows: part.rows,
      pageRows,
      offsets,
      changed: { ...changed, offsets: writePages(changed.path, name, others.length, (index) => others[index] ?? "") },
      first: part.row(0)
    }
    rows += part.rows
    bytes += offsets.at(-1) ?? 0
  }
  return { collections, students, rows, bytes }
}

const writePages = (path: string, key: string, rows: number, row: (index: number) => string): ReadonlyArray<number> => {
  const file = openSync(path, "w")
  const offsets = [0]
  let at = 0
  for (let from = 0; from < rows; from += pageRows) {
    const page: Array<string> = []
    for (let index = from; index < Math.min(rows, from + pageRows); index++) page.push(row(index))
    const text = Buffer.from(`{"${key}":[${page.join(",")}]}`)
    writeSync(file, text)
    at += text.length
    offsets.push(at)
  }
  closeSync(file)
  return offsets
}
