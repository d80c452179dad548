import { reasons as launchReasons } from "../../lti/refused.ts"
import { reasons as signInReasons } from "../../oidc/refused.ts"
import type { EntranceWords } from "../entrance-words.ts"

export const en: EntranceWords = {
  language: "en",
  wait: "One moment…",
  goOn: "Go on",
  ownTab: "Open rollbook in a tab of its own",
  remembersNothing: "This browser lets rollbook remember nothing within this page.",
  openTab: "Open in a new tab",
  notSignedIn: "You are not signed in",
  launchRefused: "This launch was refused:",
  launchAgain: "Open rollbook from the course once more.",
  launchReasons,
  signInReasons,
  linkRefused: "This link is none, was used before, or is over. `rollbook serve --admin` prints a new one.",
  signInByLink: "Sign in by a link: `rollbook serve --admin` prints one. Teachers come from their course.",
  tooMany: "Too many attempts: wait a minute.",
  takesNoNotes: "The workspace takes no notes at this moment, so nobody is signed in. Try again."
}
