/** A OneRoster server's words about a request, whatever shape it says them in. */
export interface StatusInfo {
  /** Lower case, without spaces and underscores: `invalidfilterfield`. Empty when there is none. */
  readonly codeMinor: string
  /** The same as the server wrote it. */
  readonly code: string
  readonly severity: "status" | "warning" | "error" | ""
  readonly description: string
}

/**
 * Decodes an error or warning body: `statusInfoSet`, a bare status info with flat or nested code minor, an `errors`
 * list, camel or Pascal case, OAuth's `error`, a `message`. Empty where nothing of the sort is found.
 */
export const readStatusInfo = (body: Buffer): ReadonlyArray<StatusInfo> => {
  let parsed: unknown
  try {
    parsed = JSON.parse(body.toString("utf8"))
  } catch {
    return []
  }
  if (!isRecord(parsed)) return []
  const sets = [parsed["statusInfoSet"], parsed["errors"], parsed["imsx_StatusInfo"]]
  const items = sets
    .flatMap((set) => (Array.isArray(set) ? (set as Array<unknown>) : set === undefined ? [] : [set]))
    .filter(isRecord)
  return (items.length > 0 ? items : [parsed])
    .map(toInfo)
    .filter((info) => info.codeMinor !== "" || info.description !== "" || info.severity !== "")
}

const toInfo = (item: Record<string, unknown>): StatusInfo => {
  const lower = new Map(Object.entries(item).map(([key, value]) => [key.toLowerCase().replace(/^imsx_/, ""), value]))
  const minor = lower.get("codeminor")
  const severity = textOf(lower.get("severity")).toLowerCase()
  const code = nestedMinor(minor) ?? (textOf(minor) || textOf(lower.get("error")))
  return {
    codeMinor: code.toLowerCase().replaceAll(/[\s_]/g, ""),
    code,
    severity: severity === "status" || severity === "warning" || severity === "error" ? severity : "",
    description:
      textOf(lower.get("description")) || textOf(lower.get("error_description")) || textOf(lower.get("message"))
  }
}

const nestedMinor = (minor: unknown): string | null => {
  if (!isRecord(minor)) return null
  const fields = minor["imsx_codeMinorField"]
  const first: unknown = Array.isArray(fields) ? fields[0] : undefined
  return isRecord(first) ? textOf(first["imsx_codeMinorFieldValue"]) : null
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "")

const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object" && !Array.isArray(value)
