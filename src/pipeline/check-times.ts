import * as Cron from "effect/Cron"
import * as Either from "effect/Either"
import type { Definition } from "./definition.ts"
import type { Path } from "./source-file.ts"

type Complain = (place: Path, message: string, hint?: string) => void

/** The time zones of a definition, and the times of its schedule. */
export const checkTimes = ({ schedule, timezone }: Definition, complain: Complain): void => {
  checkTimezone(timezone, ["timezone"], complain)
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
const checkTimezone = (zone: string, path: Path, complain: Complain): void => {
  if (zone !== "" && !isTimezone(zone))
    complain(path, `${zone} is no time zone`, "an IANA name such as America/Chicago")
}

const isTimezone = (zone: string): boolean => {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions().timeZone !== ""
  } catch {
    return false
  }
}

/** What is wrong with a schedule; null where nothing is. */
const cronProblem = (cron: string): string | null => {
  // The parser takes six as well, the first of them seconds.
  const fields = cron.trim().split(/\s+/).length
  if (fields !== 5) return `it must have five fields, and has ${fields}`
  return Either.match(Cron.parse(cron), {
    onLeft: ({ message }) => message.replace(/^[A-Z]/, (letter) => letter.toLowerCase()),
    onRight: () => null
  })
}
