import type { RunRecord } from "../state/runs.ts"

/** A run as it may be shown without `--reveal`: what servers said in their own words may name anybody. */
export const discreetRun = (run: RunRecord): RunRecord => {
  const { said: _, proofs, ...rest } = run.report
  return {
    ...run,
    report: { ...rest, ...(Array.isArray(proofs) ? { proofs: proofs.map(withoutWords) } : {}) }
  }
}

/** The words of the servers in a run. */
export const saidInRun = ({ report }: RunRecord): ReadonlyArray<string> => {
  const proofs = Array.isArray(report["proofs"]) ? (report["proofs"] as ReadonlyArray<unknown>) : []
  const remarks = proofs.flatMap((proof) => (proof as { readonly said?: ReadonlyArray<string> }).said ?? [])
  return [...(typeof report["said"] === "string" ? [report["said"]] : []), ...remarks]
}

const withoutWords = (proof: unknown): unknown => {
  const { said: _, ...rest } = proof as Readonly<Record<string, unknown>>
  return rest
}

/** The counts of a run in words, as far as there are any; the cause of its failure where there are none. */
export const countsText = ({ kind, report: kept }: RunRecord): string => {
  const { awaited, notReached } = kept
  const report = typeof awaited === "number" ? { ...kept, notReached: Number(notReached) - awaited } : kept
  const shown =
    kind === "apply"
      ? (["done", "failed", "notReached", "awaited", "held"] as const)
      : (["steps", "held", "quarantined"] as const)
  const said = shown.filter((name) => typeof report[name] === "number" && (report[name] > 0 || name === shown[0]))
  return said.length === 0 && typeof report["cause"] === "string"
    ? report["cause"].slice(0, 60)
    : said.map((name) => `${String(report[name])} ${wordOf(name, report[name])}`).join(", ")
}

const wordOf = (name: string, count: unknown): string =>
  name === "steps" && count === 1 ? "step" : (words.get(name) ?? name)

const words = new Map([
  ["notReached", "not reached"],
  ["awaited", "handed over as rows"]
])
