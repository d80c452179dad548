import { canonicalJson, sha256 } from "../core/hash.ts"
import { isPlanId } from "../core/plan-id.ts"
import { earlierGuardNames } from "../guards/earlier-names.ts"
import * as Either from "effect/Either"
import * as Schema from "effect/Schema"
import { type Hold, type PlanFile, PlanFileSchema, type PlanHeader, planFormatVersion } from "./plan.ts"

/** Closes a header with its hash. */
export const sealPlan = (header: PlanHeader): PlanFile => ({ ...header, content_hash: hashOf(header) })

export type PlanProblem =
  { readonly problem: "unreadable"; readonly say: string } | { readonly problem: "altered"; readonly say: string }

/** Reads a plan file and proves that it is what was written. The steps file is proven by the caller, by its sha256. */
export const openPlan = (text: string): PlanFile | PlanProblem => {
  let file: PlanFile | null
  try {
    file = JSON.parse(text) as PlanFile | null
  } catch {
    return { problem: "unreadable", say: "the plan is not JSON" }
  }
  if (file === null) return { problem: "unreadable", say: "the plan is empty" }
  if (file.format_version !== planFormatVersion) {
    return {
      problem: "unreadable",
      say: `the plan has format_version ${String(file.format_version)}; this rollbook reads ${String(planFormatVersion)}`
    }
  }
  const named = withNamesOfNow(file)
  const decoded = Schema.decodeUnknownEither(PlanFileSchema)(named)
  if (Either.isLeft(decoded))
    return {
      problem: "unreadable",
      say: `the plan has not the form of one: ${decoded.left.message.split("\n").slice(0, 4).join(" ")}`
    }
  if (!isPlanId(file.plan_id)) return { problem: "unreadable", say: "the plan's id is none" }
  const { content_hash: sealed, ...header } = file
  return sealed === hashOf(header) ? named : { problem: "altered", say: "the plan was changed after it was made" }
}

/** A plan of an earlier build, with other names for guards and keys, as one of now. What is no plan stays what it is: none. */
const withNamesOfNow = ({ definition_parts, ...file }: PlanFile & EarlierPlan): PlanFile => ({
  ...(definition_parts !== undefined && { definition_pieces: definition_parts }),
  ...file,
  ...(Array.isArray(file.holds) && {
    holds: file.holds.map((hold: Hold) => ({ ...hold, guard: earlierGuardNames.get(hold?.guard) ?? hold?.guard }))
  })
})

/** Keys that are called otherwise now. */
interface EarlierPlan {
  readonly definition_parts?: PlanFile["definition_pieces"]
}

export const isProblem = (plan: PlanFile | PlanProblem): plan is PlanProblem => "problem" in plan

const hashOf = (header: PlanHeader): string => sha256(canonicalJson(header))
