import { isEnglish, say } from "../words.ts"

/** A technical text, which there is in English alone: marked for whoever hears it, and said to whoever reads another language. */
export const Technical = ({ text }: { readonly text: string }) => (
  <>
    <span lang="en">{text}</span>
    {isEnglish() ? null : <span class="quiet"> {say("word.inEnglish")}</span>}
  </>
)
