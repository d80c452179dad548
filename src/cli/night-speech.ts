import * as Effect from "effect/Effect"
import { loaded } from "../core/lazily.ts"
import type { NightLanguage } from "../pipeline/night-languages.ts"
import type { NightSpeech, NightWords } from "../service/night-words.ts"
import type { AdaptersService } from "./adapters.ts"

/** Loaded when a night is told, and only the language in which it is. */
const words: Readonly<Record<Exclude<NightLanguage, "en">, Effect.Effect<NightWords>>> = {
  fr: Effect.map(
    loaded(() => import("../service/night-words/fr.ts")),
    ({ fr }) => fr
  ),
  es: Effect.map(
    loaded(() => import("../service/night-words/es.ts")),
    ({ es }) => es
  )
}

const english = loaded(() => import("../service/night-words/en.ts"))

/** The speech of the mail of a night: its own words, and the sentences of the pages about a plan. */
export const speechOf = (
  language: NightLanguage,
  inLanguage: AdaptersService["inLanguage"]
): Effect.Effect<NightSpeech> =>
  language === "en"
    ? Effect.map(english, ({ en }) => en)
    : Effect.zipWith(words[language], inLanguage(language), (own, ofPages) => ({ words: own, ...ofPages }))
