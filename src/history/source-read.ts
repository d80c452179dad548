import type { Completeness, DeltaRead } from "../extract/completeness.ts"
import type { PlanFile } from "../plan/plan.ts"
import type { DatasetAccount } from "../transform/transform.ts"

/** A dataset as a plan tells of it: how it was read, and what became of its rows. */
export const sourceReadOf = (
  read: Completeness,
  accounts: ReadonlyArray<DatasetAccount>
): PlanFile["source"][number] => {
  const account = accounts.find((one) => one.dataset === read.proof.dataset)
  return {
    dataset: read.proof.dataset,
    proven: read.proven,
    doubts: read.doubts,
    rows: read.landing.kept + read.landing.keyless,
    pages: read.proof.pages,
    requests: read.proof.requests,
    totalAtStart: read.proof.totalAtStart,
    totalAtEnd: read.proof.totalAtEnd,
    endRecognisedBy: read.proof.endRecognisedBy,
    duplicates: read.landing.equalDuplicates + read.landing.differingDuplicates,
    warnings: [
      ...read.proof.warnings,
      ...(read.landing.differingDuplicates === 0
        ? []
        : [
            `${read.landing.differingDuplicates} copies of records differed; the newest was taken: ${read.landing.differingKeys.join(", ")}`
          ])
    ],
    ...(read.proof.notModified === true ? { not_modified: true } : {}),
    ...readBy(read.delta),
    ...(read.listed === undefined
      ? {}
      : { listed: { as_of: read.listed.asOf, parts: read.listed.parts, is_asked: read.listed.isAsked } }),
    became: account?.became ?? 0,
    quarantined: (account?.quarantined ?? 0) + read.landing.keyless,
    unwanted: account?.unwanted ?? 0
  }
}

/** A read that an earlier build kept says nothing of it. */
const readBy = (delta: DeltaRead | null | undefined): Pick<PlanFile["source"][number], "delta" | "read_whole"> => {
  if (delta == null) return {}
  const { changed, since, whole, wholeAt, wholeBy } = delta
  return {
    ...(since === null ? {} : { delta: { since, changed: changed ?? 0, whole_at: wholeAt, whole_by: wholeBy } }),
    ...(whole === null ? {} : { read_whole: whole })
  }
}
