import { SourceError, type SourceErrorReason } from "../../core/ports/source.ts"
import { type HttpFailure, type HttpRequest, type HttpResponse, nameOf } from "../http/request.ts"
import { keptWords, knownCode } from "../http/server-words.ts"
import { readStatusInfo, type StatusInfo } from "./status-info.ts"

/** The server that was asked: names for the message, and the provider's habits for the hint. */
export interface Asked {
  readonly connection: string
  readonly profile: string
  readonly request: HttpRequest
}

/** The error of a refusal, with what to look at next; the server's own words are kept apart. */
export const refusalOf = (asked: Asked, answer: HttpResponse): SourceError => {
  const reason = reasonOf(answer.status)
  const hint = hintOf(asked, answer, reason)
  return new SourceError({
    reason,
    connection: asked.connection,
    request: nameOf(asked.request),
    status: answer.status,
    detail: detailOf(answer, wordsOfReason[reason]),
    ...toldBy(answer),
    ...(hint === null ? {} : { hint })
  })
}

export const noAnswer = (asked: Asked, failure: HttpFailure): SourceError =>
  new SourceError({
    reason: failure.reason === "Misconfigured" ? "Refused" : "Unreachable",
    connection: asked.connection,
    request: failure.request,
    detail: failure.detail,
    ...(failure.reason === "Misconfigured" ? {} : { hint: reachHint })
  })

const reachHint = "Look at the address, the network and the firewall between here and there"

/** The error of an answer that is no page of records. `hint`: what to look at next, where its place in the answer is known. */
export const malformed = (asked: Asked, answer: HttpResponse, detail: string, hint = somebodyElse): SourceError =>
  new SourceError({
    reason: "Malformed",
    connection: asked.connection,
    request: nameOf(asked.request),
    status: answer.status,
    detail,
    ...toldBy(answer),
    hint
  })

const somebodyElse =
  "A login or maintenance page, or something between here and the server, may have answered in its place"

/** The words of a remark or refusal; a server without words is left with its code. */
export const wordsOf = (remark: StatusInfo): string => remark.description || remark.code

/** The server's code where standards know it, and its own words for those who ask for them. */
export const toldBy = (answer: HttpResponse): { readonly code?: string; readonly said?: string } => {
  const infos = answer.status >= 300 && answer.status < 400 ? [] : readStatusInfo(answer.body)
  const code = infos.map((info) => info.code).find((one) => one !== "")
  const words = infos.map((info) => info.description).find((one) => one !== "")
  return { ...knownCode(code ?? ""), ...keptWords(words ?? code ?? "") }
}

const reasonOf = (status: number): SourceErrorReason => {
  switch (status) {
    case 401:
      return "Unauthorized"
    case 403:
      return "Forbidden"
    case 404:
      return "NotFound"
    case 429:
      return "Throttled"
    case 408:
    case 502:
    case 503:
    case 504:
      return "Unreachable"
    case 400:
    case 405:
    case 406:
    case 410:
    case 415:
    case 422:
      return "Refused"
    default:
      return status >= 300 && status < 400 ? "Refused" : "Unknown"
  }
}

/** The refusal in rollbook's words. */
export const detailOf = (answer: HttpResponse, words: string): string =>
  answer.status >= 300 && answer.status < 400 ? `answered with a redirect${targetOf(answer)}` : words

const wordsOfReason: Readonly<Record<SourceErrorReason, string>> = {
  Unauthorized: "the credentials are not taken",
  Forbidden: "it is not allowed",
  NotFound: "there is nothing at this address",
  Throttled: "it is asked too often",
  Unreachable: "the server is in trouble",
  Malformed: "the answer is none",
  Refused: "the request is refused",
  Looping: "the answers do not end",
  Incomplete: "the answer is not whole",
  Disk: "the disk took no more",
  Unknown: "the server answered with an error"
}

/** The target of a redirect: its origin and no more, since the rest may hold a session. */
const targetOf = (answer: HttpResponse): string => {
  const location = answer.headers["location"] ?? ""
  return URL.canParse(location) ? ` to ${new URL(location).origin}` : ""
}

const hintOf = (asked: Asked, answer: HttpResponse, reason: SourceErrorReason): string | null => {
  if (answer.status >= 300 && answer.status < 400) {
    return "Credentials do not follow a redirect: give the final address in the connection"
  }
  if (answer.body.includes("No Campus Application selected")) {
    return "The token_url lacks ?appName=<name of the Campus application>"
  }
  const habits = hintsByProfile[asked.profile] ?? {}
  return habits[reason] ?? hints[reason] ?? null
}

const hints: Partial<Record<SourceErrorReason, string>> = {
  Unauthorized: "Check key, secret, signature method or token_url of the connection, and this machine's clock",
  Forbidden: "The credentials may not read this: ask for it to be shared with the connection",
  NotFound: "Check the base_url: it is taken as it stands, up to and including the version segment",
  Throttled: "Lower the budget of the connection",
  Unreachable: "The server itself is in trouble: try again later, and ask the provider if it stays so"
}

/** Hints that fit single providers. */
const hintsByProfile: Readonly<Record<string, Partial<Record<SourceErrorReason, string>>>> = {
  infinite_campus: {
    Unauthorized:
      "Keys of Infinite Campus expire after one year unless renewed, and a renewal makes a new secret. Then check key, secret, token_url and that the connection is enabled",
    Forbidden: "Check what the connection in Infinite Campus has under Data to Share"
  }
}
