import { h } from "preact"
import { renderToString } from "preact-render-to-string"
import { afterAll, beforeAll, expect, it } from "vitest"
import { TroubleState } from "../../src/pages/parts/states.tsx"
import { chooseLanguage } from "../../src/pages/words.ts"

beforeAll(() => chooseLanguage("fr-CA"))
afterAll(() => chooseLanguage("en"))

it("marks a refusal in the words of another system as of a language that nobody knows", () => {
  const trouble = { kind: "refused", told: { say: "The term is closed.", facts: [] } } as const
  expect(renderToString(h(TroubleState, { trouble }))).toContain("<p><span lang>The term is closed.</span></p>")
})
