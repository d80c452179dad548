import { utcMinute } from "../core/clock.ts"
import { textTable } from "../core/text-table.ts"
import type { Definition } from "../pipeline/definition.ts"
import type { ManagedClass } from "../extract/used-classes.ts"
import type { GradeItem, GradeItems } from "../gradebook/grade-items.ts"

/** The grade book of a class for people: categories with their SIS tag, items with term, due date and what becomes of them. */
export const renderItems = (
  { name, section }: ManagedClass,
  { categories, items, readAt }: GradeItems,
  definition: Definition,
  nextRun: string
): string => {
  const head = `${name ?? section} (${section})`
  if (readAt === null) {
    return `${head}: its grade book was never read. \`rollbook plan ${definition.name} --only section=${section}\` reads it.`
  }
  const { gates } = definition.load
  const lines = [
    `${head}, as read at ${utcMinute(readAt)}`,
    `  scheduled export: ${scheduledExport(definition, nextRun)}; on demand: ${gates.onDemand ? "on" : "switched off"}`,
    "",
    ...textTable([["category", "SIS"], ...categories.map((one) => [one.name, tag(one.isExported)])], "words")
  ]
  if (items.length > 0) {
    lines.push(
      "",
      ...textTable(
        [
          ["item", "id", "category", "term", "due", "goes", "last sent", ""],
          ...items.map((item) => [
            item.name,
            item.id,
            item.category ?? "",
            item.session ?? "",
            item.dueDate ?? "",
            item.goes ? "yes" : "no",
            item.lastSentAt === null ? "never" : utcMinute(item.lastSentAt),
            item.reason ?? item.lastProblem ?? ""
          ])
        ],
        "words"
      )
    )
  }
  return lines.join("\n")
}

const tag = (isExported: boolean | null): string => (isExported === null ? "not told" : isExported ? "SIS" : "")

/** Whether the schedule exports is one thing, and whether anybody carries that out another. */
const scheduledExport = ({ load, schedule }: Definition, nextRun: string): string => {
  if (!load.gates.nightly) return "switched off"
  return schedule === null ? "none" : `on, ${schedule.cron} ${schedule.timezone}, ${nextRun}`
}

/** The item that people mean: by its id, or by its name where one alone has it. */
export const itemMeant = (items: ReadonlyArray<GradeItem>, wanted: string): GradeItem | null => {
  const byId = items.find((item) => item.id === wanted)
  const byName = items.filter((item) => item.name.toLowerCase() === wanted.toLowerCase())
  return byId ?? (byName.length === 1 ? (byName[0] ?? null) : null)
}
