import { say } from "../words.ts"

/** Shows names where the right for it is held; that is noted, and said. */
export const Reveal = ({ onReveal }: { readonly onReveal: () => void }) => (
  <p class="reveal">
    <d2l-button-subtle text={say("word.reveal")} description={say("word.revealHint")} onClick={onReveal} />
    <span class="quiet">{say("word.revealHint")}</span>
  </p>
)
