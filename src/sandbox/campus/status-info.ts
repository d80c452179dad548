import { type Answer, json, Refusal } from "../http/exchange.ts"

export interface StatusInfo {
  readonly severity: "warning" | "error"
  /** As the standard's document spells it, with its spaces and underscores. */
  readonly codeMinor: string
  readonly description: string
}

/** One entry of a `statusInfoSet`. */
export const statusInfo = ({ severity, codeMinor, description }: StatusInfo): unknown => ({
  imsx_codeMajor: severity === "warning" ? "success" : "failure",
  imsx_severity: severity,
  imsx_codeMinor: codeMinor,
  imsx_description: description
})

export const failed = (status: number, codeMinor: string, description: string): Answer =>
  json({ statusInfoSet: [statusInfo({ severity: "error", codeMinor, description })] }, status)

export const refusal = (status: number, codeMinor: string, description: string): Refusal =>
  new Refusal(failed(status, codeMinor, description))
