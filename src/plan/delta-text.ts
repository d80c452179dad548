import { utcMinute } from "../core/clock.ts"
import { number } from "../core/number.ts"
import type { PlanFile } from "./plan.ts"

/** Limits of a plan whose datasets were read by what changed or by files, and why others were read whole; a sentence each. */
export const deltaSentences = ({ source }: Pick<PlanFile, "source">): ReadonlyArray<string> => {
  const byDelta = source.flatMap(({ dataset, delta }) => (delta === undefined ? [] : [{ ...delta, dataset }]))
  const asTheyWere = source.flatMap(({ dataset, not_modified }) => (not_modified === true ? [dataset] : []))
  const first = byDelta.toSorted((a, b) => (a.whole_by < b.whole_by ? -1 : 1))[0]
  return [
    ...(first === undefined
      ? []
      : [
          `Read by what changed: ${byDelta.map(({ changed, dataset }) => `${dataset} (${number(changed)} changed)`).join(", ")}. A record that was deleted without a mark, and a change that left its time of modification as it was, are not seen before the next whole read, by ${utcMinute(first.whole_by)} at the latest; nothing is removed because it did not come.`
        ]),
    ...(asTheyWere.length === 0
      ? []
      : [
          `Not sent again, since by their ETags no page is another: ${asTheyWere.join(", ")}. A page that is another under the ETag of the one before is not seen before the next night on which everything is read.`
        ]),
    ...source.flatMap(({ dataset, listed }) =>
      listed === undefined
        ? []
        : [
            `${dataset} of ${number(listed.parts)} ${listed.parts === 1 ? "part" : "parts"} by the files that the source makes of all it has, as of ${utcMinute(listed.as_of)}; ${listed.is_asked ? "what changed since was asked for" : "what changed since waits for the next files"}.`
          ]
    ),
    ...source.flatMap(({ dataset, read_whole }) =>
      read_whole === undefined ? [] : [`${dataset} was read whole: ${read_whole}.`]
    )
  ]
}

/** Whether a dataset is there whole, in a word or two for a table. */
export const completeSays = ({ delta, proven }: PlanFile["source"][number]): string =>
  !proven ? "NOT PROVEN" : delta === undefined ? "proven" : "by delta"
