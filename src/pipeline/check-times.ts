import * as Cron from "effect/Cron"
import * as Either from "effect/Either"
import type { Definition, SourceRange } from "./definition.ts"
import type { Path } from "./source-file.ts"
import { nestedIn, valuesOf } from "./references.ts"

type Complain = (place: Path | SourceRange, message: string, hint?: string) => void

/** The time zones of a definition, and the times of its schedule. */
export const checkTimes = (definition: Definition, complain: Complain): void => {
  const { schedule, timezone } = definition
  checkTimezone(timezone, ["timezone"], complain)
  for (const value of [...definition.rules.values(), ...definition.entities.flatMap(valuesOf)].flatMap(nestedIn))
    if (value.kind === "date" && value.timezone !== null) checkTimezone(value.timezone, value.at, complain)
  for (const [index, test] of definition.tests.entries())
    if (test.timezone !== null) checkTimezone(test.timezone, ["tests", index, "timezone"], complain)
  if (schedule === null) return
  if (schedule.timezone !== timezone) checkTimezone(schedule.timezone, ["schedule", "timezone"], complain)
  const problem = cronProblem(schedule.cron)
  if (problem !== null) {
    complain(
      ["schedule", "cron"],
      `${JSON.stringify(schedule.cron)} is no time to run at: ${problem}`,
      'minute, hour, day, month, weekday: "0 2 * * *" is every night at two'
    )
  }
}

/** A variable that is not set was complained of already. */
const checkTimezone = (zone: string, path: Path | SourceRange, complain: Complain): void => {
  const problem = zone === "" ? null : timezoneProblem(zone)
  if (problem !== null) complain(path, problem, "an IANA name of a region and a city, such as America/Chicago")
}

/**
 * Why a name is no time zone of a district; null where it is. Abbreviations and fixed offsets (EST, Etc/GMT+5) are zones
 * to the clock, and never change to daylight saving time: UTC alone is one that people mean.
 */
export const timezoneProblem = (zone: string): string | null => {
  if (!isTimezone(zone)) return `${zone} is no time zone`
  return zone === "UTC" || /^(?!Etc\/|SystemV\/)[A-Za-z]+\/[A-Za-z]/.test(zone)
    ? null
    : `${zone} is no time zone of a place: its clock may stay as it is when that of the schools changes`
}

const isTimezone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== ""
  } catch {
    return false
  }
}

/** The complaint about a schedule; null if it is right. */
const cronProblem = (cron: string): string | null => {
  // The parser takes six as well, the first of them seconds.
  const fields = cron.trim().split(/\s+/).length
  if (fields !== 5) return `it must have five fields, and has ${fields}`
  return Either.match(Cron.parse(cron), {
    onLeft: ({ message }) => message.replace(/^[A-Z]/, (letter) => letter.toLowerCase()),
    onRight: (schedule) => (comes(schedule) ? null : "no year has such a day")
  })
}

/** Whether a schedule ever comes; the library looks some years ahead, and throws where it finds nothing. */
const comes = (schedule: Cron.Cron): boolean => {
  try {
    Cron.next(schedule, new Date("2026-01-01T00:00:00Z"))
    return true
  } catch {
    return false
  }
}
