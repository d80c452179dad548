import type { OneRosterConnection } from "../settings.ts"
import type { SourceError } from "../../../core/ports/source.ts"
import { TargetError, type TargetErrorReason } from "../../../core/ports/target.ts"
import { type HttpRequest, type HttpResponse, nameOf } from "../../http/request.ts"
import { detailOf, toldBy } from "../refusal.ts"
import { readStatusInfo } from "../status-info.ts"
import type { GradebookKind } from "./records.ts"
import { vendorHeadersOf } from "./vendor.ts"

/** A request to the gradebook. `personal`: texts of the request that a refusal may quote and that go no further. */
export interface GradebookRequest {
  readonly kind: GradebookKind
  readonly http: HttpRequest
  readonly personal: ReadonlyArray<string>
}

/**
 * The error of a refusal:
 *
 * | answer | reason |
 * |---|---|
 * | 400, 422 else; 2xx with an error report | `Invalid` |
 * | 401 | `Unauthorized` |
 * | 403 | `Forbidden` |
 * | 404; any other refusal by the code "unknown object" | `NotFound` |
 * | 409 | `Conflict` |
 * | 405, 501 | `Unsupported` |
 * | 408, 502, 503, 504 | `Unreachable` |
 * | 429 | `Throttled` |
 * | a redirect | `Misconfigured`: credentials follow none |
 * | anything else | `Unknown` |
 *
 * The SIS's own words are kept apart, in whatever shape it says them, without what the request said of a student.
 */
export const refusalOf = (
  connection: OneRosterConnection,
  request: GradebookRequest,
  answer: HttpResponse
): TargetError => {
  const reason = namesUnknownObject(answer) ? "NotFound" : reasonOf(answer.status)
  const hint = hintOf(connection, request, reason)
  return new TargetError({
    reason,
    connection: connection.name,
    request: nameOf(request.http),
    status: answer.status,
    detail: detailOf(answer, wordsOfReason[reason]),
    ...withoutPersonal(toldBy(answer), request.personal),
    ...(hint === null ? {} : { hint })
  })
}

const namesUnknownObject = ({ body, status }: HttpResponse): boolean =>
  (status < 300 || status === 400 || status === 422) &&
  readStatusInfo(body).some((info) => info.codeMinor === "unknownobject")

const reasonOf = (status: number): TargetErrorReason => {
  switch (status) {
    case 400:
    case 422:
      return "Invalid"
    case 401:
      return "Unauthorized"
    case 403:
      return "Forbidden"
    case 404:
      return "NotFound"
    case 405:
    case 501:
      return "Unsupported"
    case 409:
      return "Conflict"
    case 408:
    case 502:
    case 503:
    case 504:
      return "Unreachable"
    case 429:
      return "Throttled"
    default:
      return status < 300 ? "Invalid" : status < 400 ? "Misconfigured" : "Unknown"
  }
}

const hintOf = (
  connection: OneRosterConnection,
  { kind }: GradebookRequest,
  reason: TargetErrorReason
): string | null => {
  switch (reason) {
    case "Misconfigured":
      return "Credentials do not follow a redirect: give the final address in the connection"
    case "Unauthorized":
      return `${Object.keys(vendorHeadersOf(connection)).length === 0 ? "The connection has no gradebook_headers, which Infinite Campus demands here" : "The vendor's key or secret in gradebook_headers may be wrong"}. Else the connection's own key: those of Infinite Campus expire after one year unless renewed, and a renewal makes a new secret`
    case "Forbidden":
      return "Credentials for rosters alone cannot write grades: Grade Book Sync must be enabled on the connection, and the school be among those it covers"
    case "NotFound":
      return kind === "lineItem"
        ? "The class is not known there, or not shared with the connection"
        : "The student or the assignment is not known there, or not shared with the connection"
    case "Throttled":
      return "Lower the budget of the connection"
    case "Invalid":
    case "Unknown":
      return likelyCauses[kind]
    default:
      return null
  }
}

/** Causes of failures, as found with servers, whose words are told only to those who ask for them. */
const likelyCauses: Readonly<Record<GradebookKind, string>> = {
  lineItem:
    "Likely causes: a date outside the grading period or a closed one, a grading period that is none of the class, a title too long or in use in the class",
  result:
    "Likely causes: the student is not enrolled in the class, the score date lies before the assign date, the score outside minimum and maximum, a closed grading period, a score entered by hand"
}

/** The error of the connection itself: no token, no answer. */
export const targetErrorOf = (error: SourceError, reason: TargetErrorReason): TargetError =>
  new TargetError({
    reason,
    connection: error.connection,
    request: error.request,
    detail: error.detail,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.status === undefined ? {} : { status: error.status }),
    ...(error.code === undefined ? {} : { code: error.code }),
    ...(error.said === undefined ? {} : { said: error.said })
  })

const wordsOfReason: Readonly<Record<TargetErrorReason, string>> = {
  Invalid: "what was sent is refused",
  Unauthorized: "the credentials are not taken",
  Forbidden: "it is not allowed",
  NotFound: "something that it names is not known there",
  Conflict: "it contradicts what stands there",
  Unsupported: "the server does not offer it",
  Unreachable: "the server is in trouble",
  AnswerLost: "no answer came",
  Throttled: "it is asked too often",
  Misconfigured: "it cannot be sent",
  Malformed: "the answer is none",
  Unknown: "the server answered with an error"
}

const withoutPersonal = (
  { said, ...told }: { readonly code?: string; readonly said?: string },
  personal: ReadonlyArray<string>
): { readonly code?: string; readonly said?: string } =>
  said === undefined ? told : { ...told, said: without(said, personal) }

const without = (words: string, personal: ReadonlyArray<string>): string =>
  personal
    .filter((text) => text.length > 1)
    .reduce((left, text) => left.replace(asWholeWords(text), "…"), words)
    .replace(/[^\s<>"'(),;:]+@[^\s<>"'(),;:]+/g, "…")

const asWholeWords = (text: string): RegExp =>
  new RegExp(`(?<![\\p{L}\\p{N}])${text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}(?![\\p{L}\\p{N}])`, "giu")
