import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const whole = new URL("../../src/sandbox/district", import.meta.url).pathname

/**
 * The sandbox's own district with every fourth of its students and guardians, in a folder of its own: a night of a
 * quarter of the steps, for tests that need many of them.
 */
export const smallDistrict = (): string => quarter(Infinity)

/**
 * The same with twelve of those students and guardians, and ten classes: a first night of two hundred and fifty steps, of
 * every kind, for tests that live through many.
 */
export const tinyDistrict = (): string => {
  const folder = quarter(12)
  const classes = new Set(["5001", "5002", "5003", "5004", "5007", "5013", "5014", "5016", "5023", "4890"])
  keep(folder, "classes.csv", (line) => classes.has(line.split(",", 1)[0] ?? ""))
  keep(folder, "enrollments.csv", (line) => classes.has(line.split(",")[3] ?? ""))
  return folder
}

/** The same with some records of the whole district that it lacks, by file and id. */
export const tinyDistrictWith = (records: Readonly<Record<string, ReadonlyArray<string>>>): string => {
  const folder = tinyDistrict()
  for (const [file, ids] of Object.entries(records)) {
    const lines = readFileSync(join(whole, file), "utf8").split("\n")
    const found = lines.filter((line) => ids.includes(line.split(",", 1)[0] ?? ""))
    appendFileSync(join(folder, file), found.map((line) => `${line}\n`).join(""))
  }
  return folder
}

/** Every fourth student and guardian, so many of each at most. */
const quarter = (most: number): string => {
  const folder = mkdtempSync(join(tmpdir(), "rollbook-district-"))
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }))
  cpSync(whole, folder, { recursive: true })
  const left = new Set<string>()
  const many: Record<string, number> = {}
  keep(folder, "users.csv", (line) => {
    const [role] = /student|guardian/.exec(line) ?? []
    if (role === undefined) return true
    many[role] = (many[role] ?? 0) + 1
    const stays = many[role] % 4 === 1 && many[role] <= 4 * most
    if (!stays) left.add(line.split(",", 1)[0] ?? "")
    return stays
  })
  keep(folder, "enrollments.csv", (line) => !left.has(line.split(",")[5] ?? ""))
  return folder
}

/**
 * Two classes of one school, 5001 and 5002, each with so many students; Org Defined IDs are `0041001` and on, SIS ids
 * `s41001` and on, those with odd numbers in 5001.
 */
export const twoClasses = (studentsOfEach: number): string => classesOf(2, studentsOfEach)

/** So many classes of one school and teacher, 5001 and on, each with so many students, who sit in one class after the other. */
export const classesOf = (classes: number, studentsOfEach: number): string => {
  const folder = mkdtempSync(join(tmpdir(), "rollbook-district-"))
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }))
  cpSync(whole, folder, { recursive: true })
  const places = Array.from({ length: classes }, (_, index) => index)
  const numbers = Array.from({ length: classes * studentsOfEach }, (_, index) => 41_001 + index)
  const school = "5BB7FB0F-D8D9-415B-8725-460B8CE504DB"
  const since = "active,2026-07-20T06:00:00.000Z"
  const add = (file: string, lines: ReadonlyArray<string>): void =>
    appendFileSync(join(folder, file), lines.map((line) => `${line}\n`).join(""))
  for (const file of ["classes.csv", "enrollments.csv"]) keep(folder, file, () => false)
  keep(folder, "users.csv", (line) => line.startsWith("t1001,"))
  add(
    "classes.csv",
    places.map(
      (n) => `${5001 + n},${since},English 9,09,101,${n + 1},scheduled,Room ${100 + n},${school},"301,302",English,,1`
    )
  )
  add(
    "users.csv",
    numbers.map(
      (n) =>
        `s${n},${since},true,${school},student,pupil.${n},,Pupil,Number${n},,00${n},pupil.${n}@cedarhollow.example,,,,09,`
    )
  )
  add("enrollments.csv", [
    ...places.map((n) => `t${70_001 + n},${since},${5001 + n},${school},t1001,teacher,true,2026-08-01,2027-08-01`),
    ...numbers.map(
      (n) => `e${n},${since},${5001 + ((n - 41_001) % classes)},${school},s${n},student,false,2026-08-01,2027-08-01`
    )
  ])
  return folder
}

const keep = (folder: string, file: string, test: (line: string) => boolean): void => {
  const [head = "", ...lines] = readFileSync(join(folder, file), "utf8").split("\n")
  writeFileSync(join(folder, file), [head, ...lines.filter((line) => line === "" || test(line))].join("\n"))
}
