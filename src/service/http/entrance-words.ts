import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as Effect from "effect/Effect"
import type { Reason } from "../lti/refused.ts"
import type { SignInRefused } from "../oidc/refused.ts"
import { en } from "./entrance-words/en.ts"
import { es } from "./entrance-words/es.ts"
import { fr } from "./entrance-words/fr.ts"

/** Sentences for people who have no session yet, on the way to one. The log tells the same in English. */
export interface EntranceWords {
  /** BCP 47. */
  readonly language: string
  /** Head of a page that goes on by itself. */
  readonly wait: string
  readonly goOn: string
  readonly ownTab: string
  readonly remembersNothing: string
  readonly openTab: string
  /** Head of a page that says why somebody is not let in. */
  readonly notSignedIn: string
  readonly launchRefused: string
  readonly launchAgain: string
  readonly launchReasons: Readonly<Record<Reason, string>>
  readonly signInReasons: Readonly<Record<SignInRefused["reason"], string>>
  readonly linkRefused: string
  readonly signInByLink: string
  readonly tooMany: string
  readonly takesNoNotes: string
}

const catalogues: Readonly<Record<string, EntranceWords>> = { en, es, fr }

/**
 * The words for whoever asks: in the language that a launch says, else in the first that the browser lists, else in English.
 * The token of a launch is not proven here, and chooses words alone.
 */
export const entranceWords = (idToken = "") =>
  Effect.map(
    HttpServerRequest.HttpServerRequest,
    ({ headers }) =>
      [localeIn(idToken), ...preferred(headers["accept-language"] ?? "")]
        .map((language) => catalogues[language.toLowerCase().split(/[-_]/)[0] ?? ""])
        .find((words) => words !== undefined) ?? en
  )

/** RFC 9110, 12.5.4: languages with their weights, 1 where none is said. */
const preferred = (header: string): ReadonlyArray<string> =>
  header
    .split(",")
    .map((one) => {
      const [language = "", weight = "q=1"] = one.trim().split(/\s*;\s*/)
      return { language, weight: Number(weight.replace(/^q=/, "")) }
    })
    .filter(({ weight }) => weight > 0)
    .toSorted((one, other) => other.weight - one.weight)
    .map(({ language }) => language)

const localeIn = (idToken: string): string => {
  try {
    const claims = JSON.parse(Buffer.from(idToken.split(".")[1] ?? "", "base64url").toString()) as Record<
      string,
      unknown
    >
    const shown = claims["https://purl.imsglobal.org/spec/lti/claim/launch_presentation"] as
      { readonly locale?: unknown } | undefined
    const locale = shown?.locale ?? claims["locale"]
    return typeof locale === "string" ? locale : ""
  } catch {
    return ""
  }
}
