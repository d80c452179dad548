import { textTable } from "../core/text-table.ts"
import { causeOf, type QuarantineRow, type QuarantineRule } from "../history/quarantine.ts"
import type { Replay, ReplayedRow } from "../history/replay.ts"
import { number } from "../core/number.ts"

/** Causes, the largest first, each with its counts over time and with what hangs on it. */
export const renderRules = (rules: ReadonlyArray<QuarantineRule>): string => {
  const dependents = new Map<string, number>()
  for (const { now, rule } of rules) {
    const cause = causeOf(rule)
    if (cause !== rule) dependents.set(cause, (dependents.get(cause) ?? 0) + now)
  }
  const causes = rules.filter((one) => causeOf(one.rule) === one.rule)
  const span = Math.max(0, ...rules.map((rule) => rule.counts.length))
  return textTable(
    [
      ["rule", "now", "since run", span === 1 ? "last plan" : `last ${span} plans`, ""],
      ...causes.map((rule) => {
        const hanging = dependents.get(rule.rule) ?? 0
        return [
          `${rule.entity}: ${rule.rule}`,
          number(rule.now),
          rule.since === null ? "" : String(rule.since),
          `${sparkline(rule.counts.map((count) => count.rows))} ${range(rule)}`,
          hanging === 0 ? "" : `and ${number(hanging)} that depend on ${rule.now === 1 ? "it" : "them"}`
        ]
      })
    ],
    "words"
  ).join("\n")
}

export const renderRecords = (rows: ReadonlyArray<QuarantineRow>): string =>
  textTable(
    [
      ["entity", "key", "rule", "since run", "why"],
      ...rows.map((row) => [row.entity, row.key ?? row.source ?? "", row.rule, String(row.since), row.say])
    ],
    "words"
  ).join("\n")

/** The changes that a replay brings: counts by rule first, then the records, `limit` of each kind. */
export const renderReplay = (replay: Replay, limit: number): string => {
  const kinds = [
    ["leaves", "Leave the quarantine"],
    ["enters", "Enter it"],
    ["other_reason", "Stay, for another reason"]
  ] as const
  const blocks = kinds.flatMap(([how, title]) => {
    const rows = replay.rows.filter((row) => row.how === how)
    if (rows.length === 0) return []
    return [
      `${title}: ${number(rows.length)}`,
      ...textTable(byRule(rows).map(([name, count]) => [name, number(count)])),
      ...textTable(
        rows.slice(0, limit).map((row) => [row.entity, row.key ?? row.source ?? "", becomes(row), row.rule, row.say]),
        "words"
      ),
      ...(rows.length > limit ? [`  and ${number(rows.length - limit)} more; --limit 0 lists all`] : []),
      ""
    ]
  })
  return [
    `Today's pipeline over the rows that run ${replay.run} read`,
    "",
    ...(blocks.length === 0 ? ["Nothing leaves the quarantine and nothing enters it."] : blocks),
    ...(replay.stays === 0 ? [] : [`${number(replay.stays)} stay for the reason they were there for.`])
  ].join("\n")
}

const becomes = (row: ReplayedRow): string => {
  switch (row.becomes) {
    case "wanted":
      return "wanted now"
    case "unwanted":
      return "not wanted now"
    case "gone":
      return "no such record now"
    case null:
      return ""
  }
}

const byRule = (rows: ReadonlyArray<ReplayedRow>): ReadonlyArray<readonly [string, number]> => {
  const counts = new Map<string, number>()
  for (const { entity, rule } of rows) counts.set(`${entity}: ${rule}`, (counts.get(`${entity}: ${rule}`) ?? 0) + 1)
  return [...counts]
}

/** Bars from nothing to the most; nothing is a low line, so that it is told from little. */
const sparkline = (counts: ReadonlyArray<number>): string => {
  const most = Math.max(1, ...counts)
  return counts.map((count) => (count === 0 ? "_" : "▁▂▃▄▅▆▇█".charAt(Math.ceil((count / most) * 8) - 1))).join("")
}

/** The fewest and the most, for those who cannot read the bars. */
const range = ({ counts }: QuarantineRule): string => {
  const rows = counts.map((count) => count.rows)
  const [least, most] = [Math.min(...rows), Math.max(...rows)]
  return least === most ? number(most) : `${number(least)} to ${number(most)}`
}
