import { utcMinute } from "../core/clock.ts"
import { number } from "../core/number.ts"
import { textTable } from "../core/text-table.ts"
import type { DriftedRecord, DriftKind, DriftReport } from "../history/drift.ts"
import { maskFields } from "../plan/mask.ts"
import type { Discretion } from "./sent-report.ts"

/** A report as it may be shown: without names, unless they are to be seen. */
export const discreetDrift = (report: DriftReport, { isPersonal, named, reveal }: Discretion): DriftReport =>
  reveal
    ? report
    : {
        ...report,
        records: report.records.map((record) => ({
          ...record,
          label: named.has(record.entity) ? null : record.label,
          written: maskFields(record.entity, record.written, isPersonal),
          stands: maskFields(record.entity, record.stands, isPersonal)
        }))
      }

/** How old the files are, the counts by entity, then the records; `at` is the moment at which it is read. */
export const driftText = (report: DriftReport, at: Date): string =>
  [
    `What was written by ${report.pipeline}, beside what the target says that it holds`,
    "",
    ...textTable(
      [
        ["files of the target", "all of it, as of", "and changes, until", "old"],
        ...report.listings.map((one) => [
          one.name,
          utcMinute(one.fullAsOf),
          one.knownUntil === one.fullAsOf ? "none" : utcMinute(one.knownUntil),
          age(at.getTime() - Date.parse(one.knownUntil))
        ])
      ],
      "words"
    ),
    ...report.listings.flatMap((one) => (one.doubt === null ? [] : [`  ${one.name}: ${one.doubt}`])),
    "",
    ...textTable([
      ["", "as written", "missing there", "other values", "there again", "unknown: written since"],
      ...report.entities.map(({ counts, entity }) => [
        entity,
        ...[counts.same, counts.missing, counts.differs, counts.returned, counts.unknown].map(number)
      ])
    ]),
    ...report.others
      .filter(({ count }) => count > 0)
      .map(
        ({ count, resource }) =>
          `  ${number(count)} more of ${resource} stand in the same places, and rollbook wrote none of them.`
      ),
    ...report.entities.flatMap(({ entity, notCompared }) =>
      notCompared.length === 0 ? [] : [`  Not compared of ${entity}: ${notCompared.join(", ")}.`]
    ),
    ...(report.notListed.length === 0 ? [] : [`  The target lists nothing of ${report.notListed.join(", ")}.`]),
    "",
    ...(report.records.length === 0
      ? ["Nothing is known to stand otherwise than it was written."]
      : textTable([["", "key", "id there", "what", "written, and as it stands"], ...report.records.map(line)], "words"))
  ].join("\n")

const kinds: Readonly<Record<DriftKind, string>> = {
  missing: "missing there",
  differs: "other values",
  returned: "there again"
}

const line = (record: DriftedRecord): ReadonlyArray<string> => [
  record.entity,
  record.label === null ? record.key : `${record.key} (${record.label})`,
  record.remoteId ?? "",
  kinds[record.what],
  Object.entries(record.written ?? {})
    .map(([field, value]) => `${field}: ${value ?? "none"} → ${record.stands?.[field] ?? "none"}`)
    .join(", ")
]

const age = (milliseconds: number): string => {
  const hours = Math.floor(milliseconds / 3_600_000)
  if (hours < 1) return "under an hour"
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`
}
