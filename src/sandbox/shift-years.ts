import type { District, Row } from "./district-files.ts"

/**
 * Moves all dates of a district by whole years, so that its newest school year holds the given day (`YYYY-MM-DD`).
 * The newest school year must last from a day to the eve of the same day a year later. Titles of sessions that name years
 * move with them.
 */
export const shiftYears = (district: District, day: string): District => {
  const years = yearsTo(district, day)
  if (years === 0) return district
  const shifted = new Map(district)
  for (const [name, rows] of district)
    shifted.set(
      name,
      rows.map((row) => shiftRow(row, years, name === "academicSessions"))
    )
  return shifted
}

const yearsTo = (district: District, day: string): number => {
  const starts = (district.get("academicSessions") ?? [])
    .filter((row) => row["type"] === "schoolYear")
    .map((row) => row["startDate"] ?? "")
    .sort()
  const start = starts.at(-1)
  if (start === undefined) return 0
  const years = Number(day.slice(0, 4)) - Number(start.slice(0, 4))
  return day.slice(5) < start.slice(5) ? years - 1 : years
}

const dated: ReadonlySet<string> = new Set(["startDate", "endDate", "beginDate", "dateLastModified", "schoolYear"])

const shiftRow = (row: Row, years: number, isSession: boolean): Row =>
  Object.fromEntries(
    Object.entries(row).map(([column, value]) => {
      if (dated.has(column)) return [column, value.replace(/^\d{4}/, (year) => String(Number(year) + years))]
      if (isSession && column === "title") {
        return [column, value.replaceAll(/\b20\d\d\b/g, (year) => String(Number(year) + years))]
      }
      return [column, value]
    })
  )
