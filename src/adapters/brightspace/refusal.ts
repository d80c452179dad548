import { TargetError, type TargetErrorReason } from "../../core/ports/target.ts"
import { keptWords } from "../http/server-words.ts"
import { type HttpRequest, type HttpResponse, nameOf } from "../http/request.ts"

/**
 * The error of an answer outside 200–299:
 *
 * | status | reason |
 * |---|---|
 * | 400 | `Invalid`; `Conflict` when it says that a name or code is taken |
 * | 401 | `Unauthorized` |
 * | 403 | `Forbidden`; `Throttled` with Retry-After |
 * | 404 | `NotFound` |
 * | 409 | `Conflict` |
 * | 429 | `Throttled` |
 * | 408, 502, 504 | `AnswerLost` where repeating would do harm: a gateway gave up waiting, the tenant may have not |
 * | anything else | `Unknown` |
 *
 * The tenant's own words are kept apart, without e-mail addresses and without anything that was sent: a refusal likes to
 * quote the name it does not like.
 */
export const refusalOf = (
  connection: string,
  request: HttpRequest,
  answer: HttpResponse,
  sent: ReadonlyArray<string>
): TargetError => {
  const said = refusalText(answer.body.toString("utf8"))
  const reason = reasonOf(request, answer, said)
  const hint = hints[reason]
  return new TargetError({
    reason,
    connection,
    request: nameOf(request),
    status: answer.status,
    detail: wordsOfReason[reason],
    ...keptWords(withoutPersonal(said, sent)),
    ...(hint === undefined ? {} : { hint })
  })
}

const reasonOf = (request: HttpRequest, answer: HttpResponse, said: string): TargetErrorReason => {
  switch (answer.status) {
    case 400:
      return /already|in use|exists|duplicate|unique/i.test(said) ? "Conflict" : "Invalid"
    case 401:
      return "Unauthorized"
    case 403:
      return answer.headers["retry-after"] === undefined ? "Forbidden" : "Throttled"
    case 404:
      return "NotFound"
    case 409:
      return "Conflict"
    case 429:
      return "Throttled"
    case 408:
    case 502:
    case 504:
      return request.method === "GET" || request.idempotent === true ? "Unknown" : "AnswerLost"
    default:
      return "Unknown"
  }
}

const wordsOfReason: Readonly<Record<TargetErrorReason, string>> = {
  Invalid: "what was sent is refused",
  Unauthorized: "the credentials are not taken",
  Forbidden: "it is not allowed",
  NotFound: "there is nothing of that id",
  Conflict: "a name or code is already in use there, or it contradicts what stands",
  Throttled: "it is asked too often",
  Unreachable: "the tenant is in trouble",
  AnswerLost: "a gateway gave up waiting for the tenant",
  Malformed: "the answer is none",
  Unsupported: "the tenant does not offer it",
  Misconfigured: "it cannot be sent",
  Unknown: "the tenant answered with an error"
}

const hints: Partial<Record<TargetErrorReason, string>> = {
  Unauthorized: "The tenant does not take the credentials: look at the client id, the scopes and the published key",
  Forbidden: "The scopes of the app, or the role of the user it runs as, do not allow it",
  NotFound: "It is gone, or hidden from the role of the user that the app runs as"
}

/** The words of a refusal, in any of the tenant's three ways to say it; empty when it says nothing. */
export const refusalText = (body: string): string => {
  const json = parse(body)
  if (json !== null) {
    const parts = [json["title"], json["detail"]].filter((part) => typeof part === "string" && part !== "")
    if (parts.length > 0) return [...new Set(parts)].join(": ")
    const errors = json["Errors"]
    if (!Array.isArray(errors)) return ""
    return errors
      .flatMap((error: unknown) => {
        const message = (error as { readonly Message?: unknown } | null)?.Message
        return typeof message === "string" ? [message] : []
      })
      .join("; ")
  }
  const words = body
    .replace(/<(script|style)[\s\S]*?<\/\1>/gi, " ")
    .replace(/<[^>]*>/g, " ")
    .replace(/&[a-z#0-9]+;/gi, " ")
    .replace(/\s+/g, " ")
    .trim()
  const errors = words.indexOf("Errors:")
  return errors === -1 ? words : words.slice(errors + "Errors:".length).trim()
}

/** Text without e-mail addresses and without what was sent, 200 characters at most. */
export const withoutPersonal = (text: string, sent: ReadonlyArray<string>): string => {
  let clean = text
  for (const value of [...new Set(sent)].sort((a, b) => b.length - a.length)) {
    if (value.length > 1) {
      const quoted = value.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
      clean = clean.replace(new RegExp(`(?<![\\p{L}\\p{N}])${quoted}(?![\\p{L}\\p{N}])`, "giu"), "…")
    }
  }
  clean = clean.replace(/[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g, "…")
  return clean.length > 200 ? `${clean.slice(0, 199)}…` : clean
}

const parse = (body: string): Readonly<Record<string, unknown>> | null => {
  try {
    const value: unknown = JSON.parse(body)
    return value !== null && typeof value === "object" ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
