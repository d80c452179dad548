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
